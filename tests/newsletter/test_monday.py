"""A Monday from end to end: prepared by an editor, approved by a second person, sent by the clock, left with one click.

By the portal's own pages and ticks, a real database and a real relay. What the reader got, the archive, the figures and
the record tell the same.
"""

import re
from email import message_from_bytes
from email.policy import SMTP
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from newsletter.choices import BlockKind, Frequency, IssueState
from newsletter.models import Consent, Issue, Subscription
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from newsletter.tasks import tick as newsletter_tick
from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.mailings.choices import DeliveryState, MailingState
from portal.mailings.emails import message_id
from portal.mailings.models import Delivery, DeliveryEvent, Mailing
from portal.mailings.tasks import tick as mailings_tick
from portal.messaging.models import Message
from portal.registry import Period, kpis
from tests.calendars import riyadh
from tests.factories import OrganisationFactory, staff
from tests.mailings.conftest import relay  # noqa: F401
from tests.newsletter.test_editor import BACKEND, address, texts
from tests.tickets.conftest import Clock

pytestmark = pytest.mark.django_db(transaction=True)
READERS = {"aisha@example.org": "ar", "salem@example.org": "ar", "ann@example.org": "en", "li@example.org": "zh-hans"}
SUBJECTS = {"ar": "ما الجديد في حيكم", "en": "What is new in your district", "zh-hans": "您身边的新变化"}


@pytest.fixture
def clock(monkeypatch):
    """Stand on the Thursday before Monday 6 April 2026."""
    made = Clock(riyadh("04-02 09:00"))
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def readers(clock, monday):
    """Four confirmed in three languages, one who reads on first Mondays, one who pauses, one who never confirmed."""
    clock.at("03-20 10:00")
    found = {
        name: subscribing.confirm(subscribing.ask(name, Wish(language, [monday]))) for name, language in READERS.items()
    }
    subscribing.confirm(subscribing.ask("monthly@example.org", Wish("en", [monday], Frequency.MONTHLY)))
    resting = subscribing.confirm(subscribing.ask("resting@example.org", Wish("ar", [monday])))
    subscribing.change(resting, Wish("ar", [monday]), paused_until=riyadh("05-01 00:00").date())
    subscribing.ask("unsure@example.org", Wish("ar", [monday]))
    clock.at("04-02 09:00")
    return found


def beat():
    """Let the clock's two tasks run, as Celery's beat does every minute."""
    newsletter_tick()
    mailings_tick()
    newsletter_tick()


def signed_in(person):
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def prepare(client, issue):
    """Write the issue by the editor's own pages, and hand it in."""
    form = texts("subject", *SUBJECTS.values()) | texts("preheader", "", "", "")
    assert client.post(address("issue_change", issue.pk), form).status_code == 302
    form = texts("heading", "افتتاح", "Opening", "开篇") | texts("text", "أهلًا بكم", "Welcome", "欢迎")
    add = address("block_add", issue=issue.code, kind="lead")
    assert client.post(add, form | {"link": ""} | texts("link_label", "", "", "")).status_code == 302
    form = texts("heading", "الحافلات الليلية", "Night buses", "夜间公交") | texts(
        "text", "رأيكم", "Your view", "请提意见"
    )
    add = address("block_add", issue=issue.code, kind="call")
    assert client.post(add, form | {"link": "/ar/consultations/"} | texts("link_label", "", "", "")).status_code == 302
    return client.post(address("issue_act", issue.pk, "submit"), follow=True).content.decode()


def opened(envelope):
    """Return a message as a mail program reads it: itself, its text and its HTML."""
    message = message_from_bytes(envelope.original_content or envelope.content, policy=SMTP)
    return message, message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()


def figure(code):
    """Return an indicator of all that happened, with what it was divided by."""
    (found,) = kpis[code](Period(riyadh("03-01 00:00"), riyadh("12-31 00:00").replace(year=2099)), None)
    return found.value, found.denominator


def test_an_issue_from_its_first_word_to_the_reader_who_leaves(clock, ministry, monday, readers, relay, settings):  # noqa: F811
    editor, second = staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry)

    # Made by the clock, once; prepared by the editor, who cannot approve it.
    beat(), beat()
    issue = Issue.objects.get()
    assert (str(issue), issue.start_at, issue.state) == ("2026-W15", riyadh("04-06 08:00"), IssueState.DRAFT)
    office = signed_in(editor)
    assert "Submitted." in prepare(office, issue)
    told = office.post(address("issue_act", issue.pk, "approve"), follow=True).content.decode()
    assert "a second person must" in told

    # The second person is told by mail, looks at it, and approves: the recipients are fixed and shown.
    beat()
    assert Message.objects.filter(template="newsletter/to_approve", address=second.email).count() == 1
    other = signed_in(second)
    for language, subject in SUBJECTS.items():
        preview = other.get(address("issue_preview", issue.pk, language=language)).content.decode()
        assert subject in preview
    told = other.post(address("issue_act", issue.pk, "approve"), follow=True).content.decode()
    # The first Monday of April: whoever reads monthly gets it too.
    assert "Approved. It goes out to 5 recipients." in told

    # Not a second before its hour.
    relay.taken.clear()
    clock.at("04-06 07:59:59")
    beat()
    assert relay.taken == []
    assert Client().get(f"/ar/newsletter/issues/{issue.code}/").status_code == 404

    # One reader changes their mind on Sunday evening, and is not written to.
    subscribing.leave(readers["salem@example.org"])
    clock.at("04-06 08:00")
    beat(), beat()
    wanted = {"aisha@example.org": "ar", "ann@example.org": "en", "li@example.org": "zh-hans"} | {
        "monthly@example.org": "en"
    }
    received = {envelope.rcpt_tos[0]: opened(envelope) for envelope in relay.taken}
    assert (len(relay.taken), set(received)) == (4, set(wanted))
    for name, (message, text, html) in received.items():
        language = wanted[name]
        assert (message["To"], message["Subject"]) == (name, SUBJECTS[language])
        delivery = Delivery.objects.get(address=name)
        assert message["Message-ID"].startswith(f"<{message_id(delivery)}@")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"/{language}/newsletter/s/" in message["List-Unsubscribe"]
        assert f"/{language}/newsletter/issues/{issue.code}/" in text
        assert f'href="{settings.BASE_URL.rstrip("/")}/{language}/consultations/"' in html
        others = [subject for code, subject in SUBJECTS.items() if code != language]
        assert not any(subject in text + html for subject in others)
    # Each reader's links are their own.
    assert len({message["List-Unsubscribe"] for message, _text, _html in received.values()}) == 4

    # The archive shows what the mail said, and the feed leads there.
    visitor = Client()
    for language, subject in SUBJECTS.items():
        page = visitor.get(f"/{language}/newsletter/issues/{issue.code}/").content.decode()
        assert f"<h1>{subject}</h1>" in page
        assert subject in visitor.get(f"/{language}/newsletter/").content.decode()
        assert (
            f"/{language}/newsletter/issues/{issue.code}/"
            in visitor.get(f"/{language}/newsletter/feed/").content.decode()
        )

    # An Arabic reader's mail program leaves with one click: a scanner's GET before it changed nothing.
    message, text, _html = received["aisha@example.org"]
    leave = urlsplit(message["List-Unsubscribe"].strip("<>")).path
    assert leave in text
    aisha = readers["aisha@example.org"]
    asked = visitor.get(leave)
    aisha.refresh_from_db()
    assert (asked.status_code, aisha.state) == (200, "active")
    outside = Client(enforce_csrf_checks=True)
    clicked = outside.post(leave, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    aisha.refresh_from_db()
    assert (clicked.status_code, aisha.state) == (200, "left")
    with translation.override("ar"):
        assert translation.gettext("You are unsubscribed") in clicked.content.decode()

    # Figures, record and message agree.
    mailing = Mailing.objects.get()
    issue.refresh_from_db()
    assert (mailing.state, mailing.frozen_count, mailing.started_at) == (MailingState.SENT, 5, riyadh("04-06 08:00"))
    assert (issue.state, issue.approved_by, issue.submitted_by) == (IssueState.SENT, second, editor)
    states = dict(Delivery.objects.values_list("address", "state"))
    assert states == {**dict.fromkeys(wanted, DeliveryState.SENT), "salem@example.org": DeliveryState.SKIPPED}
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome, count(*) FROM mailings_deliveryevent GROUP BY 1")
        assert dict(cursor.fetchall()) == {"sent": 4}
    assert DeliveryEvent.objects.count() == len(relay.taken)
    assert figure("newsletter_delivered") == (100.0, 4)
    assert figure("newsletter_bounced") == (0.0, 4)
    assert figure("newsletter_late")[0] == 0.0
    assert figure("newsletter_unsubscribed")[0] == 2.0
    left = Consent.objects.filter(subscription_id=aisha.pk).values_list("act", "source", "language")
    assert list(left) == [("left", "form", "ar"), ("confirmed", "form", "ar"), ("asked", "form", "ar")]
    acts = Entry.objects.filter(action__startswith="issue.").order_by("pk").values_list("action", "actor_id")
    assert list(acts) == [
        ("issue.made", None),
        ("issue.saved", editor.pk),
        ("issue.submitted", editor.pk),
        ("issue.approved", second.pk),
        ("issue.sent", None),
    ]
    assert set(issue.blocks.values_list("kind", flat=True)) == {BlockKind.LEAD, BlockKind.CALL}

    # A week later only those who stayed and want it weekly are written to; nothing of the old issue is sent again.
    clock.at("04-09 09:00")
    beat()
    assert len(relay.taken) == 4
    later = Subscription.objects.written_to(riyadh("04-13 00:00").date())
    assert sorted(later.values_list("email", flat=True)) == ["ann@example.org", "li@example.org"]


def test_nobody_is_written_to_when_nobody_approved(clock, ministry, readers, relay):  # noqa: F811
    editor, second = staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry)
    beat()
    issue = Issue.objects.get()
    prepare(signed_in(editor), issue)
    # Those responsible are told on Sunday, once.
    clock.at("04-05 10:00")
    beat(), beat()
    warned = Message.objects.filter(template="newsletter/unapproved")
    assert sorted(warned.values_list("address", flat=True)) == sorted([editor.email, second.email])
    relay.taken.clear()
    clock.at("04-06 08:00")
    beat()
    page = signed_in(second).get(address("issue_change", issue.pk)).content.decode()
    assert "the issue was not approved in time" in re.sub(r"\s+", " ", page)
    assert (relay.taken, Issue.objects.get(pk=issue.pk).state, Mailing.objects.count()) == ([], IssueState.MISSED, 0)
