"""What authors and reporters are told."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation

from moderation import services
from moderation.choices import Outcome
from portal.messaging.models import Message
from tests.factories import GroundFactory, PersonFactory
from tests.moderation.notes import Note

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert(1)</script><img src=x onerror=x()> & "q"'


def hidden(open_case: Any, ground: Any, moderator: Any, **fields: Any) -> Message:
    decision_fields = {name: fields.pop(name) for name in ("passage", "note") if name in fields}
    case = open_case("told", **fields)
    services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator, **decision_fields)
    return Message.objects.get(template="moderation/decision")


def test_the_statement_is_in_the_authors_language(open_case: Any, ground: Any, moderator: Any) -> None:
    author = PersonFactory(language="ar")
    with translation.override("en"):
        written = {"author": author, "text": "كلام لا يليق", "language": "ar"}
        message = hidden(open_case, ground, moderator, **written, passage="لا يليق")
    assert (message.language, message.person, message.reply_to) == ("ar", author, settings.REPLY_TO_EMAIL)
    for part in (message.text, message.html):
        assert "سبب 2" in part
        assert "Ground 2" not in part
        assert "لا يليق" in part
        assert f"{settings.BASE_URL}/ar/notes/told/" in part
        assert f"{settings.BASE_URL}/ar/about/moderation-policy/" in part
        assert settings.REPLY_TO_EMAIL in part
    assert '<html lang="ar" dir="rtl">' in message.html


def test_the_statement_says_all_it_must(open_case: Any, moderator: Any, body: Any) -> None:
    ground = GroundFactory(number=3, description_en="Revealing another person's details.")
    author = PersonFactory(language="en")
    with translation.override("zh-hans"):
        message = hidden(open_case, ground, moderator, author=author, passage="ignorant fool", note="Say it decently.")
    assert message.subject == "Your comment was hidden"
    for sentence in (
        f"A moderator for \u2068{body.name_en}\u2069 has decided to hide your comment.",
        "3. Ground 3\nRevealing another person's details.",
        "Passage concerned: \u2068ignorant fool\u2069",
        "What is hidden: The whole comment, on the page linked below",
        "For how long: Until a further decision",
        "Who decided: A person; no machine was involved",
        "Say it decently.",
        f"Reply to this message, or write to \u2068{settings.REPLY_TO_EMAIL}\u2069",
        f"{settings.BASE_URL}/en/notes/told/",
    ):
        assert sentence in message.text


def test_hostile_words_are_inert(open_case: Any, ground: Any, moderator: Any, body: Any) -> None:
    body.name_en = HOSTILE
    body.save()
    ground.title_en = HOSTILE
    ground.save()
    author = PersonFactory(language="en", display_name=HOSTILE)
    message = hidden(open_case, ground, moderator, author=author, text=HOSTILE, passage=HOSTILE, note=HOSTILE)
    assert "<script" not in message.html
    assert "<img" not in message.html
    assert message.html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4
    # Plain text is no markup: what was written is quoted as it stands.
    assert f"Passage concerned: \u2068{HOSTILE}\u2069" in message.text


def test_showing_again_is_told(open_case: Any, ground: Any, moderator: Any) -> None:
    author = PersonFactory(language="en")
    case = open_case("back", author=author)
    services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
    services.restore(case, note="A quotation after all.", by=moderator)
    message = Message.objects.order_by("id").last()
    assert (message.person, message.subject) == (author, "Your comment is shown again")
    assert "A quotation after all." in message.text
    assert "Who decided" not in message.text
    assert "Do you think the decision is wrong?" not in message.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.HIDE, "The comment was hidden. The ground is: 2. \u2068Ground 2\u2069."),
        (Outcome.KEEP, "The comment stays: no ground of the policy applies to it."),
    ],
)
def test_reporters_with_an_account_are_told_once(
    case: Any, ground: Any, moderator: Any, author: Any, outcome: Outcome, words: str
) -> None:
    english, chinese = PersonFactory(language="en"), PersonFactory(language="zh-hans")
    reports = [services.report("note", "note1", ground=ground, reporter=who).report for who in (english, chinese)]
    services.decide(case, outcome=outcome, ground=ground, by=moderator)
    told = Message.objects.filter(template="moderation/report_outcome").order_by("id")
    assert [(message.person, message.language, message.key) for message in told] == [
        (english, "en", f"report-{reports[0].pk}"),
        (chinese, "zh-hans", f"report-{reports[1].pk}"),
    ]
    assert words in told[0].text
    assert f"{settings.BASE_URL}/zh-hans/notes/note1/" in told[1].text
    assert author.display_name not in told[0].text
    if outcome == Outcome.HIDE:
        services.restore(case, by=moderator)
    assert told.count() == 2


def test_the_author_never_learns_who_reported(case: Any, ground: Any, moderator: Any) -> None:
    reporter = PersonFactory(display_name="Reporting Person")
    services.report("note", "note1", ground=ground, note="Between us.", reporter=reporter)
    services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
    message = Message.objects.get(template="moderation/decision")
    assert "Reporting Person" not in message.text + message.html
    assert "Between us." not in message.text + message.html


def test_erased_people_are_not_written_to(case: Any, ground: Any, moderator: Any) -> None:
    reporter = PersonFactory()
    services.report("note", "note1", ground=ground, reporter=reporter)
    reporter.erased_at = timezone.now()
    reporter.save()
    services.decide(case, outcome=Outcome.KEEP, by=moderator)
    assert Message.objects.count() == 0


def test_things_without_an_author_have_nobody_to_tell(notes: Any, body: Any, ground: Any, moderator: Any) -> None:
    note = notes.add(Note("official", "Official words.", None, body))
    case = services.report("note", "official", ground=ground, reporter=None).case
    services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
    assert (note.is_shown, Message.objects.count()) == (False, 0)
