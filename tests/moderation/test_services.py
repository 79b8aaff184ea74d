"""Reporting, claiming, deciding, showing again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation

from moderation import services
from moderation.choices import CaseState, Outcome
from moderation.models import Case, Decision, Report, Statement
from moderation.services import CaseTaken, DecisionTaken, ModerationRefused
from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.factories import GroundFactory, MembershipFactory, OrganisationFactory, PersonFactory, staff
from tests.moderation.conftest import INSULT

pytestmark = pytest.mark.django_db


def hide(case: Case, ground: Any, by: Any, **fields: Any) -> Decision:
    return services.decide(case, outcome=Outcome.HIDE, ground=ground, by=by, **fields)


def keep(case: Case, by: Any, **fields: Any) -> Decision:
    return services.decide(case, outcome=Outcome.KEEP, by=by, **fields)


def actions(case: Case) -> list[str]:
    return list(Entry.objects.about(case).order_by("id").values_list("action", flat=True))


def refusal(act: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ModerationRefused) as caught:
        act(*args, **kwargs)
    return caught.value.reason


class TestReport:
    def test_opens_a_case_with_a_snapshot_and_a_promise(self, note: Any, ground: Any, body: Any, author: Any) -> None:
        receipt = services.report("note", "note1", ground=ground, note="  see\x00 this\u202e ", reporter=None)
        case = Case.objects.get()
        assert receipt.is_new is True
        assert (case.kind, case.key, case.organisation, case.author) == ("note", "note1", body, author)
        assert (case.text, case.language, case.context) == (INSULT, "en", note.context)
        assert (case.state, case.report_count) == (CaseState.OPEN, 1)
        assert case.deadline.due_at - case.opened_at == timedelta(hours=72)
        assert (case.deadline.amount, case.deadline.unit, case.deadline.organisation) == (72, "clock_hours", body)
        assert (receipt.report.note, receipt.report.ground, receipt.report.reporter) == ("see this", ground, None)
        entry = Entry.objects.about(case).get()
        assert (entry.action, entry.actor_id, entry.organisation_id) == ("report.received", None, body.pk)
        assert entry.data == {"ground": 2, "kind": "note", "key": "note1"}

    def test_joins_the_open_case_whose_promise_stays(self, case: Case, ground: Any) -> None:
        due = case.deadline.due_at
        second = services.report("note", "note1", ground=GroundFactory(number=5), reporter=PersonFactory())
        assert second.case == case
        case.refresh_from_db()
        assert (case.report_count, case.reports.count(), case.deadline.due_at) == (2, 2, due)

    def test_once_for_a_person(self, case: Case, ground: Any) -> None:
        person = PersonFactory()
        first = services.report("note", "note1", ground=ground, note="first", reporter=person)
        again = services.report("note", "note1", ground=ground, note="second", reporter=person)
        assert (first.is_new, again.is_new, again.report) == (True, False, first.report)
        case.refresh_from_db()
        assert case.report_count == 2
        assert actions(case) == ["report.received", "report.received"]

    def test_guests_are_not_told_apart(self, case: Case, ground: Any) -> None:
        assert services.report("note", "note1", ground=ground, reporter=None).is_new is True
        case.refresh_from_db()
        assert case.report_count == 2

    @pytest.mark.parametrize(("kind", "key"), [("note", "none"), ("nothing", "note1"), ("", "")])
    def test_refuses_what_is_not_there(self, note: Any, ground: Any, kind: str, key: str) -> None:
        assert refusal(services.report, kind, key, ground=ground, reporter=None) == "not_found"

    def test_refuses_what_is_not_shown(self, note: Any, ground: Any) -> None:
        note.is_shown = False
        assert refusal(services.report, "note", "note1", ground=ground, reporter=None) == "not_found"
        assert Case.objects.count() == 0

    def test_refuses_ones_own(self, note: Any, ground: Any, author: Any) -> None:
        assert refusal(services.report, "note", "note1", ground=ground, reporter=author) == "own"
        assert Case.objects.count() == 0

    def test_opens_a_new_case_once_the_former_is_decided(self, case: Case, ground: Any, moderator: Any) -> None:
        keep(case, moderator)
        second = services.report("note", "note1", ground=ground, reporter=None).case
        assert (second.pk == case.pk, Case.objects.count(), second.report_count) == (False, 2, 1)


class TestClaim:
    def test_holds_for_half_an_hour(self, case: Case, moderator: Any) -> None:
        before = timezone.now()
        claimed = services.claim(case, by=moderator)
        assert claimed.claimed_by == moderator
        assert timedelta(minutes=30) <= claimed.claimed_until - before < timedelta(minutes=31)
        assert actions(case) == ["report.received", "case.claimed"]

    def test_renews_without_a_further_entry(self, case: Case, moderator: Any) -> None:
        services.claim(case, by=moderator)
        Case.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
        assert services.claim(case, by=moderator).claimed_until > timezone.now() + timedelta(minutes=29)
        assert actions(case) == ["report.received", "case.claimed"]

    def test_refuses_what_another_holds(self, case: Case, moderator: Any, body: Any) -> None:
        services.claim(case, by=moderator)
        with pytest.raises(CaseTaken) as caught:
            services.claim(case, by=staff(Role.MODERATOR, body))
        assert caught.value.by == moderator

    def test_takes_over_an_expired_claim(self, case: Case, moderator: Any, body: Any) -> None:
        services.claim(case, by=moderator)
        Case.objects.update(claimed_until=timezone.now())
        other = staff(Role.MODERATOR, body)
        assert services.claim(case, by=other).claimed_by == other

    def test_release_is_for_the_holder(self, case: Case, moderator: Any, body: Any) -> None:
        services.claim(case, by=moderator)
        assert services.release(case, by=staff(Role.MODERATOR, body)).claimed_by == moderator
        released = services.release(case, by=moderator)
        assert (released.claimed_by, released.claimed_until) == (None, None)

    def test_release_expired_leaves_running_ones(self, case: Case, open_case: Any, moderator: Any) -> None:
        other = open_case("other")
        services.claim(case, by=moderator)
        services.claim(other, by=moderator)
        Case.objects.filter(pk=case.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert (services.release_expired(), services.release_expired()) == (1, 0)
        case.refresh_from_db()
        other.refresh_from_db()
        assert (case.claimed_by, other.claimed_by) == (None, moderator)


class TestDecide:
    def test_hides(self, case: Case, note: Any, ground: Any, moderator: Any, author: Any) -> None:
        services.claim(case, by=moderator)
        decision = hide(case, ground, moderator, passage="an ignorant fool", note="Say it decently.")
        case.refresh_from_db()
        assert (decision.number, decision.outcome, decision.ground) == (1, Outcome.HIDE, ground)
        assert (decision.decided_by, decision.statement.passage) == (moderator, "an ignorant fool")
        assert decision.statement.note == "Say it decently."
        assert (case.state, case.decided_at, case.claimed_by) == (CaseState.DECIDED, decision.decided_at, None)
        assert case.deadline.met_at == decision.decided_at
        assert (note.is_shown, note.acts) == (False, [f"hidden 2 by {moderator.pk}"])
        assert actions(case) == ["report.received", "case.claimed", "case.decided"]
        assert Entry.objects.get(action="case.decided").data == {"outcome": "hide", "number": 1, "ground": 2}
        message = Message.objects.get()
        assert (message.person, message.key) == (author, f"decision-{decision.pk}")

    def test_keeps_without_a_word_to_the_author(self, case: Case, note: Any, ground: Any, moderator: Any) -> None:
        decision = services.decide(
            case, outcome=Outcome.KEEP, ground=ground, passage="nowhere in it", note="Harsh, but fair.", by=moderator
        )
        assert (decision.outcome, decision.ground, decision.statement.passage) == (Outcome.KEEP, None, "")
        assert decision.statement.note == "Harsh, but fair."
        assert (note.is_shown, note.acts, Message.objects.count()) == (True, [], 0)

    def test_needs_a_ground_to_hide(self, case: Case, moderator: Any) -> None:
        assert refusal(hide, case, None, moderator) == "ground"
        assert Decision.objects.count() == 0

    @pytest.mark.parametrize("passage", ["an ignorant  FOOL", "the idea is bad", "fool. And more"])
    def test_quotes_only_what_is_there(self, case: Case, ground: Any, moderator: Any, note: Any, passage: str) -> None:
        assert refusal(hide, case, ground, moderator, passage=passage) == "passage"
        assert (Decision.objects.count(), note.is_shown) == (0, True)

    @pytest.mark.parametrize("words", ["", "  \n\t ", "\u200b\u2060", "\u202e"])
    def test_a_ground_that_needs_a_note_refuses_without(
        self, case: Case, note: Any, moderator: Any, words: str
    ) -> None:
        fourth = GroundFactory(number=4, needs_note=True)
        assert refusal(hide, case, fourth, moderator, note=words) == "note"
        assert (Decision.objects.count(), note.acts) == (0, [])

    @pytest.mark.parametrize("words", ["5", "Article 5 of the press law", "م" * 1000])
    def test_a_ground_that_needs_a_note_takes_any_words(self, case: Case, moderator: Any, words: str) -> None:
        fourth = GroundFactory(number=4, needs_note=True)
        assert hide(case, fourth, moderator, note=words).statement.note == words

    def test_keeping_needs_no_note_whatever_was_chosen(self, case: Case, moderator: Any) -> None:
        decision = keep(case, moderator, ground=GroundFactory(number=4, needs_note=True))
        assert (decision.outcome, decision.ground) == (Outcome.KEEP, None)

    def test_line_ends_lost_when_copying_do_not_count(self, open_case: Any, ground: Any, moderator: Any) -> None:
        case = open_case("lines", text="One line.\n\nAnother line.")
        assert hide(case, ground, moderator, passage="line. Another").statement.passage == "line. Another"

    def test_only_once(self, case: Case, ground: Any, moderator: Any, body: Any, note: Any) -> None:
        first = hide(case, ground, moderator)
        with pytest.raises(DecisionTaken) as caught:
            keep(case, staff(Role.MODERATOR, body))
        assert caught.value.decision == first
        assert (caught.value.decision.decided_by, caught.value.decision.decided_at) == (moderator, first.decided_at)
        assert (Decision.objects.count(), Message.objects.count(), note.is_shown) == (1, 1, False)

    @pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.MANAGER, Role.CONTACT])
    def test_is_for_moderators(self, case: Case, ground: Any, body: Any, role: Role) -> None:
        assert refusal(hide, case, ground, staff(role, body)) == "forbidden"

    def test_is_for_moderators_of_the_body(self, case: Case, ground: Any) -> None:
        assert refusal(hide, case, ground, staff(Role.MODERATOR, OrganisationFactory())) == "forbidden"

    def test_moderators_of_the_ministry_decide_for_its_bodies(self, case: Case, body: Any) -> None:
        ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
        body.parent = ministry
        body.save()
        assert keep(case, staff(Role.MODERATOR, ministry)).outcome == Outcome.KEEP

    def test_nobody_judges_their_own_words(self, case: Case, author: Any, body: Any, ground: Any) -> None:
        MembershipFactory(person=author, organisation=body, role=Role.MODERATOR)
        assert refusal(keep, case, author) == "own"
        assert refusal(hide, case, ground, author) == "own"
        assert refusal(services.claim, case, by=author) == "own"

    def test_refuses_while_another_holds_it(self, case: Case, moderator: Any, body: Any) -> None:
        services.claim(case, by=moderator)
        with pytest.raises(CaseTaken):
            keep(case, staff(Role.MODERATOR, body))
        assert Decision.objects.count() == 0

    def test_restoring_is_no_first_decision(self, case: Case, moderator: Any) -> None:
        with pytest.raises(ValueError, match="restore"):
            services.decide(case, outcome=Outcome.RESTORE, by=moderator)

    @pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (0, True), (1, False)])
    def test_at_the_due_second_is_in_time(
        self, case: Case, moderator: Any, monkeypatch: pytest.MonkeyPatch, seconds: int, kept: bool
    ) -> None:
        due = case.deadline.due_at
        monkeypatch.setattr(services.timezone, "now", lambda: due + timedelta(seconds=seconds))
        keep(case, moderator)
        case.deadline.refresh_from_db()
        assert case.deadline.was_kept is kept

    def test_nothing_is_left_to_hide_after_erasure(self, case: Case, ground: Any, moderator: Any, author: Any) -> None:
        author.erased_at = timezone.now()
        author.save()
        assert refusal(hide, case, ground, moderator) == "gone"
        assert keep(case, moderator).outcome == Outcome.KEEP

    def test_things_that_are_gone_can_only_be_kept(self, case: Case, ground: Any, moderator: Any, notes: Any) -> None:
        notes.notes.clear()
        assert refusal(hide, case, ground, moderator) == "gone"
        assert keep(case, moderator).outcome == Outcome.KEEP


class TestRestore:
    def test_is_a_further_decision(self, case: Case, note: Any, ground: Any, moderator: Any, author: Any) -> None:
        hide(case, ground, moderator)
        decision = services.restore(case, note="A quotation after all.", by=moderator)
        assert (decision.number, decision.outcome, decision.ground) == (2, Outcome.RESTORE, None)
        assert decision.statement.note == "A quotation after all."
        assert note.acts == [f"hidden 2 by {moderator.pk}", f"restored by {moderator.pk}"]
        assert note.is_shown is True
        assert actions(case) == ["report.received", "case.decided", "case.restored"]
        keys = list(Message.objects.filter(person=author).order_by("id").values_list("key", flat=True))
        assert keys == [f"decision-{item.pk}" for item in Decision.objects.order_by("number")]

    def test_once(self, case: Case, ground: Any, moderator: Any) -> None:
        hide(case, ground, moderator)
        services.restore(case, by=moderator)
        assert refusal(services.restore, case, by=moderator) == "not_hidden"
        assert Decision.objects.count() == 2

    def test_only_what_was_hidden(self, case: Case, moderator: Any) -> None:
        assert refusal(services.restore, case, by=moderator) == "not_hidden"
        keep(case, moderator)
        assert refusal(services.restore, case, by=moderator) == "not_hidden"

    def test_is_for_moderators_of_the_body(self, case: Case, ground: Any, moderator: Any, body: Any) -> None:
        hide(case, ground, moderator)
        assert refusal(services.restore, case, by=staff(Role.AGENT, body)) == "forbidden"
        assert refusal(services.restore, case, by=staff(Role.MODERATOR, OrganisationFactory())) == "forbidden"


class TestLedger:
    @pytest.mark.parametrize(
        "statement", ["UPDATE moderation_decision SET outcome = 'keep'", "DELETE FROM moderation_decision"]
    )
    def test_the_database_refuses_changes(self, case: Case, ground: Any, moderator: Any, statement: str) -> None:
        Statement.objects.filter(decision=hide(case, ground, moderator)).delete()
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert Decision.objects.get().outcome == Outcome.HIDE

    def test_a_hidden_thing_has_a_ground_by_constraint(self, case: Case, moderator: Any) -> None:
        with pytest.raises(DatabaseError, match="decision_hide_has_ground"), transaction.atomic():
            case.decisions.create(number=1, outcome=Outcome.HIDE, decided_by=moderator)


class TestPersonalData:
    def test_export(self, case: Case, ground: Any, moderator: Any, author: Any) -> None:
        from moderation.selectors import personal_data_of

        person = PersonFactory()
        report = services.report("note", "note1", ground=ground, note="mine", reporter=person).report
        decision = hide(case, ground, moderator, passage="fool", note="Decently, please.")
        assert personal_data_of(person) == {
            "reports": [
                {"case": case.code, "ground": "ground-2", "note": "mine", "created_at": report.created_at.isoformat()}
            ],
            "decisions_about_you": [],
        }
        assert personal_data_of(author) == {
            "reports": [],
            "decisions_about_you": [
                {
                    "case": case.code,
                    "outcome": "hide",
                    "ground": "ground-2",
                    "text": INSULT,
                    "passage": "fool",
                    "note": "Decently, please.",
                    "decided_at": decision.decided_at.isoformat(),
                }
            ],
        }

    def test_erase_empties_words_and_keeps_figures(self, case: Case, ground: Any, moderator: Any, author: Any) -> None:
        person = PersonFactory()
        services.report("note", "note1", ground=ground, note="mine", reporter=person)
        hide(case, ground, moderator, passage="fool", note="Decently, please.")
        services.erase_words_of(person)
        services.erase_words_of(author)
        case.refresh_from_db()
        statement = Statement.objects.get()
        assert (case.text, statement.passage, statement.note) == ("", "", "")
        notes = dict(Report.objects.values_list("reporter", "note"))
        assert notes == {None: "Look at the end.", person.pk: ""}
        assert (Decision.objects.count(), case.report_count) == (1, 2)


class TestGrounds:
    def test_creates_what_is_missing(self) -> None:
        from moderation.models import Ground

        GroundFactory(number=2, code="improper_language", title_en="Own wording")
        services.load_grounds()
        services.load_grounds()
        assert list(Ground.objects.values_list("number", flat=True)) == list(range(1, 10))
        assert Ground.objects.get(number=2).title_en == "Own wording"
        assert list(Ground.objects.filter(needs_note=True).values_list("number", flat=True)) == [4]
        for ground in Ground.objects.all():
            if ground.number != 2:
                assert all([ground.title_ar, ground.title_en, ground.title_zh_hans])
                assert all([ground.description_ar, ground.description_en, ground.description_zh_hans])

    def test_changes_leave_a_trace(self, ground: Any, moderator: Any) -> None:
        with translation.override("en"):
            ground.title_en = "Improper words"
            services.save_ground(ground, by=moderator)
        entry = Entry.objects.get()
        data = {"number": 2, "changes": {"title_en": ["Ground 2", "Improper words"]}}
        assert (entry.action, entry.actor_id, entry.data) == ("ground.changed", moderator.pk, data)


def test_the_task_releases(case: Case, moderator: Any) -> None:
    from moderation.tasks import release_leases

    services.claim(case, by=moderator)
    Case.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    release_leases()
    release_leases()
    case.refresh_from_db()
    assert case.claimed_by is None
