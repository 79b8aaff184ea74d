"""The course of a consultation: what is asked before each step, and that there is no way back."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from engagement.comments.models import Thread
from engagement.comments.services import ThreadClosed, post_comment
from engagement.consultations.choices import State, Status
from engagement.consultations.models import Consultation, StatusChange
from engagement.consultations.rules import before_concluding, before_publishing
from engagement.consultations.selectors import Filters, awaiting_response, listed, state_counts, timeline
from engagement.consultations.services import (
    ChangeRefused,
    ask_question,
    conclude,
    publish,
    save_consultation,
    save_section,
    withdraw,
)
from engagement.polls.services import cast_vote
from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from tests.factories import (
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    SectionFactory,
    ThreadFactory,
    TopicFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db
QUESTION = {"ar": "هل تؤيدون؟", "en": "Do you support it?", "zh-hans": "您是否支持？"}
TEXTS = {"body": "text", "outcome_summary": "said", "response": "answer", "withdrawal_reason": "reason"}


def written(*fields):
    return {f"{field}_{code}": f"{TEXTS[field]} {code}" for field in fields for code in ("ar", "en", "zh_hans")}


def draft(**fields):
    values = written("body") | {"opens_at": timezone.now() + days(1), "closes_at": timezone.now() + days(20)} | fields
    consultation = ConsultationFactory(status=Status.DRAFT, published_at=None, response_deadline=None, **values)
    Thread.objects.filter(pk=consultation.thread_id).update(is_public=False)
    return consultation, staff(Role.EDITOR, consultation.organisation)


def closed(**fields):
    values = {"opens_at": timezone.now() - days(30), "closes_at": timezone.now() - days(2)} | fields
    consultation = ConsultationFactory(**values)
    return consultation, staff(Role.EDITOR, consultation.organisation)


def test_publishing_makes_all_of_it_public_and_gives_a_promise():
    consultation, editor = draft()
    SectionFactory(consultation=consultation, thread=ThreadFactory(is_public=False))
    ask_question(consultation, question=QUESTION, results="always", by=editor)
    publish(consultation, by=editor)
    consultation.refresh_from_db()
    assert (consultation.status, consultation.state) == (Status.PUBLISHED, State.UPCOMING)
    assert consultation.response_deadline.due_at == consultation.closes_at + timedelta(weeks=12)
    threads = Thread.objects.values_list("is_public", "opens_at", "closes_at")
    assert set(threads) == {(True, consultation.opens_at, consultation.closes_at)}
    assert (consultation.poll.is_public, consultation.poll.closes_at) == (True, consultation.closes_at)
    assert list(StatusChange.objects.values_list("status", "by_id")) == [("published", editor.pk)]
    assert Entry.objects.about(consultation).filter(action="consultation.published").count() == 1


@pytest.mark.parametrize("field", ["title", "summary", "body"])
@pytest.mark.parametrize("language", ["ar", "en", "zh_hans"])
def test_a_missing_language_stops_publishing(field, language):
    consultation, editor = draft(**{f"{field}_{language}": ""})
    with pytest.raises(ChangeRefused) as refused:
        publish(consultation, by=editor)
    assert len(refused.value.problems) == 1
    consultation.refresh_from_db()
    assert (consultation.status, consultation.response_deadline) == (Status.DRAFT, None)


@pytest.mark.parametrize(
    ("length", "reason", "problems"),
    [
        (timedelta(days=15), {}, 0),
        (timedelta(days=15) - timedelta(seconds=1), {}, 1),
        (days(9), {"short_period_reason_ar": "عاجل"}, 1),
        (days(9), {f"short_period_reason_{code}": "urgent" for code in ("ar", "en", "zh_hans")}, 0),
    ],
)
def test_less_than_fifteen_days_needs_a_reason_in_three_languages(length, reason, problems):
    opens = timezone.now() + days(1)
    consultation, _editor = draft(opens_at=opens, closes_at=opens + length, **reason)
    assert len(before_publishing(consultation)) == problems


def test_days_count_from_the_publication_when_it_opened_before():
    now = timezone.now()
    consultation, editor = draft(opens_at=now - days(20), closes_at=now + timedelta(hours=1))
    with pytest.raises(ChangeRefused) as refused:
        publish(consultation, by=editor)
    assert len(refused.value.problems) == 1
    enough, editor = draft(opens_at=now - days(20), closes_at=now + days(15) + timedelta(minutes=1))
    publish(enough, by=editor)


@pytest.mark.parametrize(
    ("field", "change"),
    [("opens_at", lambda old: old + days(12)), ("title_en", lambda old: ""), ("body_zh_hans", lambda old: "")],
)
def test_a_public_one_loses_neither_a_language_nor_its_fifteen_days(field, change):
    consultation = ConsultationFactory(opens_at=timezone.now() + days(3), closes_at=timezone.now() + days(20))
    editor = staff(Role.EDITOR, consultation.organisation)
    setattr(consultation, field, change(getattr(consultation, field)))
    with pytest.raises(ChangeRefused) as refused:
        save_consultation(consultation, by=editor)
    assert len(refused.value.problems) == 1


def test_what_is_reworded_after_publishing_is_kept_as_versions():
    consultation, editor = draft()
    section = SectionFactory(consultation=consultation, number=1, body_en="within ten days")
    save_consultation(consultation, by=editor)
    assert not consultation.text_versions.exists()
    publish(consultation, by=editor)
    consultation.refresh_from_db()
    save_consultation(consultation, by=editor)
    section.body_en = "within seven days"
    save_section(section, by=editor)
    versions = list(consultation.text_versions.all())
    assert [version.number for version in versions] == [1, 2]
    assert [version.texts["sections"][0]["body_en"] for version in versions] == ["within ten days", "within seven days"]
    trail = Entry.objects.filter(action="consultation.version_kept").order_by("pk")
    assert [entry.data for entry in trail] == [{"version": 1, "changed": []}, {"version": 2, "changed": ["sections"]}]


def test_the_poll_goes_with_the_consultation_to_another_body():
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    one, other = OrganisationFactory(parent=ministry), OrganisationFactory(parent=ministry)
    editor = staff(Role.EDITOR, ministry)
    consultation = ConsultationFactory(organisation=one)
    poll = ask_question(consultation, question=QUESTION, results="always", by=editor)
    consultation.organisation = other
    save_consultation(consultation, by=editor)
    poll.refresh_from_db(), consultation.thread.refresh_from_db()
    assert (poll.organisation, consultation.thread.organisation) == (other, other)


def test_one_withdrawn_before_it_opened_never_opened():
    now = timezone.now()
    consultation = ConsultationFactory(
        status=Status.WITHDRAWN, opens_at=now + days(5), closes_at=now + days(30), withdrawn_at=now
    )
    with translation.override("en"):
        assert [step["label"] for step in timeline(consultation)] == ["Withdrawn"]


def test_dates_and_sections_are_asked_for():
    consultation, _editor = draft(opens_at=None, closes_at=None)
    assert len(before_publishing(consultation)) == 1
    past, _editor = draft(opens_at=timezone.now() - days(30), closes_at=timezone.now() - days(1))
    assert len(before_publishing(past)) == 1
    half, _editor = draft()
    SectionFactory(consultation=half, title_en="", thread=ThreadFactory())
    assert len(before_publishing(half)) == 1


def test_only_editors_of_the_body_move_it():
    consultation, _editor = draft()
    others = [
        staff(Role.EDITOR, OrganisationFactory()),
        staff(Role.MANAGER, consultation.organisation),
        PersonFactory(),
    ]
    for person in others:
        with pytest.raises(ChangeRefused):
            publish(consultation, by=person)
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    consultation.organisation.parent = ministry
    consultation.organisation.save()
    publish(consultation, by=staff(Role.EDITOR, ministry))
    assert Consultation.objects.get().status == Status.PUBLISHED


@pytest.mark.parametrize(
    ("shift", "state"),
    [(timedelta(seconds=30), State.UPCOMING), (timedelta(0), State.OPEN), (-days(20), State.ANALYSING)],
)
def test_state_follows_from_the_dates(shift, state):
    opens = timezone.now() + shift
    consultation = ConsultationFactory(opens_at=opens, closes_at=opens + days(20))
    assert consultation.state == state
    now = timezone.now()
    found = [s for s in State if Consultation.objects.in_state(s, now).filter(pk=consultation.pk).exists()]
    assert found == [state]


def test_concluding_needs_the_close_a_summary_and_a_response():
    consultation, editor = closed()
    assert len(before_concluding(consultation)) == 2
    assert len(before_concluding(ConsultationFactory(**written("outcome_summary", "response")))) == 1
    for name, value in written("outcome_summary", "response").items():
        setattr(consultation, name, value)
    save_consultation(consultation, by=editor)
    conclude(consultation, by=editor)
    consultation.refresh_from_db()
    assert consultation.state == State.CONCLUDED
    assert consultation.response_deadline.met_at == consultation.responded_at
    assert consultation.response_deadline.was_kept


@pytest.mark.parametrize("status", [Status.CONCLUDED, Status.WITHDRAWN])
def test_an_ended_one_cannot_be_opened_again(status):
    consultation, editor = closed(status=status, responded_at=timezone.now(), withdrawn_at=timezone.now())
    for move in (publish, conclude, withdraw):
        with pytest.raises(ChangeRefused):
            move(consultation, by=editor)
    with pytest.raises(ChangeRefused):
        save_consultation(consultation, by=editor)


def test_withdrawing_stops_comments_and_votes_with_a_reason():
    consultation = ConsultationFactory()
    editor = staff(Role.EDITOR, consultation.organisation)
    with pytest.raises(ChangeRefused):
        withdraw(consultation, by=editor)
    for name, value in written("withdrawal_reason").items():
        setattr(consultation, name, value)
    save_consultation(consultation, by=editor)
    withdraw(consultation, by=editor)
    with pytest.raises(ThreadClosed):
        post_comment(consultation.thread, author=PersonFactory(), body="late", language="en")
    assert Consultation.objects.get().state == State.WITHDRAWN


def test_dates_of_a_running_one_only_move_later():
    consultation = ConsultationFactory()
    editor = staff(Role.EDITOR, consultation.organisation)
    due = consultation.response_deadline.due_at
    for field, value in [
        ("opens_at", consultation.opens_at + days(1)),
        ("closes_at", consultation.closes_at - days(1)),
    ]:
        changed = Consultation.objects.get(pk=consultation.pk)
        setattr(changed, field, value)
        with pytest.raises(ChangeRefused):
            save_consultation(changed, by=editor)
    changed = Consultation.objects.get(pk=consultation.pk)
    changed.closes_at += days(7)
    save_consultation(changed, by=editor)
    changed.refresh_from_db()
    assert changed.thread.closes_at == changed.closes_at
    assert changed.response_deadline.due_at > due
    passed, editor = closed()
    passed.closes_at = timezone.now() + days(5)
    with pytest.raises(ChangeRefused):
        save_consultation(passed, by=editor)


def test_a_question_is_fixed_once_the_vote_has_begun():
    consultation = ConsultationFactory()
    editor = staff(Role.EDITOR, consultation.organisation)
    poll = ask_question(consultation, question=QUESTION, results="always", by=editor)
    cast_vote(poll, by=PersonFactory(), option_code="support", language="ar")
    with pytest.raises(ChangeRefused):
        ask_question(consultation, question=QUESTION, results="after_close", by=editor)


def test_overdue_from_the_second_after_the_promise():
    now = timezone.now()
    consultation, _editor = closed(closes_at=now - timedelta(weeks=12, seconds=5), opens_at=now - days(120))
    assert consultation.is_overdue
    assert [step["state"] for step in timeline(consultation)] == ["past", "past", "now", "late"]
    fresh, _editor = closed(closes_at=now - timedelta(weeks=12) + timedelta(minutes=1), opens_at=now - days(120))
    assert not fresh.is_overdue


def test_drafts_are_seen_by_staff_of_the_body_alone():
    consultation, editor = draft()
    assert list(Consultation.objects.visible_to(editor)) == [consultation]
    assert not Consultation.objects.visible_to(staff(Role.EDITOR, OrganisationFactory())).exists()
    assert not Consultation.objects.visible_to(PersonFactory()).exists()


def test_the_list_is_found_in_any_language_filtered_and_counted():
    reader = PersonFactory()
    topic = TopicFactory()
    park = ConsultationFactory(title_ar="حدائق الأحياء", title_en="Neighbourhood parks", title_zh_hans="社区公园")
    park.topics.add(topic)
    save_consultation(park, by=staff(Role.EDITOR, park.organisation))
    bus, _editor = closed()
    draft()
    for words in ("الاحياء", "الأَحْيَاء", "PARKS", "公园", "حدائق parks"):
        assert list(listed(reader, Filters(q=words))) == [park]
    assert list(listed(reader, Filters(topic=topic.code))) == [park]
    assert list(listed(reader, Filters(body=bus.organisation.code))) == [bus]
    assert list(listed(reader, Filters(state="analysing"))) == [bus]
    assert list(listed(reader, Filters())) == [park, bus]
    assert list(listed(reader, Filters(q="nothing like it"))) == []
    counts = state_counts(reader, Filters())
    assert counts == {
        "all": 2, "upcoming": 0, "open": 1, "analysing": 1, "concluded": 0, "withdrawn": 0, "draft": 0,
    }  # fmt: skip


def test_a_card_counts_the_comments_of_all_threads():
    consultation = ConsultationFactory()
    Thread.objects.filter(pk=consultation.thread_id).update(comment_count=4)
    for count in (3, 5):
        SectionFactory(consultation=consultation, thread=ThreadFactory(comment_count=count))
    assert listed(PersonFactory(), Filters()).get().comment_total == 12


def test_the_inbox_counts_what_waits_for_a_response():
    consultation, editor = closed()
    closed()
    ConsultationFactory(organisation=consultation.organisation)
    assert awaiting_response(editor) == 1
    assert awaiting_response(staff(Role.AGENT, consultation.organisation)) is None
