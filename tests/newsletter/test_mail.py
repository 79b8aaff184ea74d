"""The mail of an issue as its readers' programs get it, in each language: its very bytes."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.translation import gettext, override

from newsletter.choices import BlockKind, Frequency
from newsletter.models import Block, Issue
from newsletter.selectors.rendering import editions_of
from newsletter.services import issues, subscribing
from newsletter.services.testing import test_message as message_of
from portal import registry
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Person
from portal.mailings.emails import PERSONAL_SLOT, Mould, Personal
from portal.mailings.models import Edition, Mailing
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from tests.factories import ConsultationFactory, OrganisationFactory, staff
from tests.newsletter.conftest import written

pytestmark = pytest.mark.django_db
LANGUAGES = ["ar", "en", "zh-hans"]


@pytest.fixture
def ministry(db):
    return OrganisationFactory(
        kind=OrganisationKind.MINISTRY, name_ar="وزارة المجتمع", name_en="Ministry of Community", name_zh_hans="社区部"
    )


@pytest.fixture
def issue(ministry):
    found = written(issues.make_next())
    for code, words in (("ar", "وفيه جديد"), ("en", "And something new"), ("zh_hans", "还有新内容")):
        setattr(found, f"preheader_{code}", words)
    found.save()
    for kind, heading in ((BlockKind.CALL, "Storm drains"), (BlockKind.TEXT, "A new map")):
        Block.objects.create(
            issue=found,
            position=1,
            kind=kind,
            link="/ar/consultations/",
            **{f"heading_{code}": heading for code in ("ar", "en", "zh_hans")},
        )
    return found


@pytest.fixture
def editor(ministry):
    return staff(Role.EDITOR, ministry)


class Page(HTMLParser):
    """What a mail program sees: its tags, and the words of its links."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "a":
            self.links.append(dict(attributes))


def parts(issue, person, language):
    whole = message_of(issue, person, language)
    message = message_from_bytes(whole, policy=SMTP)
    return whole, message, message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_is_small_styled_inside_and_tells_nobody_who_reads_it(issue, editor, language, settings):
    whole, _message, _text, html = parts(issue, editor, language)
    assert len(whole) < 100_000
    assert all(len(line) <= 998 for line in whole.split(b"\r\n"))
    page = Page(html)
    assert [tag for tag, _ in page.tags if tag in ("img", "script", "link", "iframe", "form")] == []
    assert not re.search(r"url\(", html)
    hosts = {re.match(r"https?://[^/]+", link["href"])[0] for link in page.links}
    assert hosts == {settings.BASE_URL.rstrip("/")}
    # No link leads through anything that counts: each is the address of its page.
    assert all("?" not in link["href"] for link in page.links)
    styled = [attributes for tag, attributes in page.tags if tag in ("body", "h1", "a") and "style" in attributes]
    assert len(styled) == 2 + len(page.links)


@pytest.mark.parametrize(
    ("language", "direction", "tag"), [("ar", "rtl", "ar"), ("en", "ltr", "en"), ("zh-hans", "ltr", "zh-Hans")]
)
def test_its_direction_outlives_programs_that_throw_the_first_tags_away(issue, editor, language, direction, tag):
    _whole, message, _text, html = parts(issue, editor, language)
    page = next(attributes for name, attributes in Page(html).tags if attributes.get("class") == "page")
    assert (page["lang"], page["dir"], message["Content-Language"]) == (tag, direction, tag)


@pytest.mark.parametrize(
    ("language", "sender", "preheader"),
    [
        ("ar", "وزارة المجتمع", "وفيه جديد"),
        ("en", "Ministry of Community", "And something new"),
        ("zh-hans", "社区部", "还有新内容"),
    ],
)
def test_it_says_who_writes_what_is_asked_and_where_each_link_leads(issue, editor, language, sender, preheader):
    with override(language):
        call, more = gettext("Take part"), gettext("Read more")
    _whole, _message, text, html = parts(issue, editor, language)
    # Where lines are long, a space is a new line.
    text, body = text.replace("\r\n", "\n"), " ".join(html[html.index("<body") :].split())
    # Programs show the first words beside the subject.
    assert body.index(preheader) < body.index("<h1")
    assert re.search(rf'<p[^>]*class="action"[^>]*><a[^>]*class="button"[^>]*>{call}</a>', body)
    names = [link["aria-label"] for link in Page(html).links if "aria-label" in link]
    # The name that is read aloud begins with the words that are seen.
    wanted = [(call, "Storm drains"), (more, "A new map")]
    found = [
        name.startswith(seen) and name.endswith(heading) for name, (seen, heading) in zip(names, wanted, strict=True)
    ]
    assert found == [True, True]
    for part in (text, body):
        assert sender in part and preheader in part
    assert "<" not in text
    assert "\n\n\n" not in text


def test_the_personal_part_stands_apart_and_leaves_no_gap_where_there_is_none(issue):
    edition = editions_of(issue)["en"].mail
    whole = Edition(mailing=Mailing(purpose="newsletter"), language="en", **vars(edition))
    for personal, text in ((Personal(), None), (Personal("For you alone.", "<p>For you alone.</p>"), "For you alone.")):
        filled = Mould(whole).fill(address="a@example.org", message_id="x", token="t", personal=personal)
        plain = message_from_bytes(filled, policy=SMTP).get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert "\n\n\n" not in plain and PERSONAL_SLOT not in plain
        assert ("\n\nFor you alone.\n\n---" in plain) is (text is not None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_to_staff_and_readers_hold_no_markup_in_their_text(issue, ministry, wish, language):
    writer, second = staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry)
    Person.objects.update(language=language)
    Block.objects.filter(kind__in=[BlockKind.CALL, BlockKind.TEXT]).delete()
    issues.submit(issue, by=writer)
    issues.send_back(issue, by=second, note="Too long.")
    issues.warn(issue, timezone.now())
    reader = subscribing.confirm(subscribing.ask("reader@example.org", type(wish)(language, wish.lists)))
    subscribing.ask(reader.email, wish)
    deliver_due()
    assert len(mail.outbox) >= 6
    assert [sent.subject for sent in mail.outbox if re.search(r"<\w", sent.body)] == []


def test_a_monthly_reader_is_told_when_the_next_issue_comes(wish):
    subscribing.confirm(subscribing.ask("reader@example.org", type(wish)("en", wish.lists, Frequency.MONTHLY)))
    assert (
        "The next issue comes on the first Monday of the month."
        in Message.objects.get(template="newsletter/welcome").text
    )


def test_what_is_open_calls_and_says_until_when_and_the_rest_is_told(ministry):
    opens = timezone.now() - timedelta(days=20)
    day = timezone.localtime(timezone.now() + timedelta(days=9))
    closes = day.replace(hour=16, minute=0, second=0, microsecond=0)
    made = ConsultationFactory(organisation=ministry, opens_at=opens, closes_at=closes, title_en="Drains")
    issue = issues.make_next()
    block = issue.blocks.get(offered_by__startswith=f"consultation:{made.code}")
    assert (block.kind, block.heading_en) == (BlockKind.CALL, "Drains")
    assert block.text_en.endswith(f"**Open until {closes.day} {closes:%B %Y}, 16:00**")


def test_announcements_and_outcomes_are_told_without_a_call(ministry, monkeypatch):
    told = [
        registry.Offer(f"x:{section}", section, {"en": section}, {"en": "Words"}, lambda language: f"/{language}/help/")
        for section in ("announcement", "result", "guide", "question", "opening", "closing")
    ]
    monkeypatch.setattr(registry.offers, "_entries", {"x": lambda since, until: told})
    kinds = dict(issues.make_next().blocks.values_list("heading_en", "kind"))
    assert kinds == {
        **dict.fromkeys(("announcement", "result", "guide"), BlockKind.TEXT),
        "question": BlockKind.QUESTION,
        **dict.fromkeys(("opening", "closing"), BlockKind.CALL),
    }
    assert Issue.objects.count() == 1
