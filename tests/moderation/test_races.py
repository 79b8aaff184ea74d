"""Two at once, on real PostgreSQL with real threads."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from moderation import services
from moderation.choices import Outcome
from moderation.models import Case, Decision, Report, Statement
from moderation.services import DecisionTaken
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.messaging.models import Message
from tests.factories import PersonFactory, staff

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts at the same moment, each in its own connection; return results and exceptions in their order."""
    results: list[Any] = [None] * len(acts)
    barrier = Barrier(len(acts))

    def run(place: int) -> None:
        try:
            barrier.wait()
            results[place] = acts[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=[place]) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_two_decisions_at_once_are_one(case: Case, note: Any, ground: Any, body: Any, author: Any) -> None:
    moderators = [staff(Role.MODERATOR, body) for _ in range(6)]
    results = at_once(
        *(lambda by=by: services.decide(case, outcome=Outcome.HIDE, ground=ground, by=by) for by in moderators)
    )
    decided = [result for result in results if isinstance(result, Decision)]
    refused = [result for result in results if isinstance(result, DecisionTaken)]
    assert (len(decided), len(refused)) == (1, 5)
    assert {error.decision.pk for error in refused} == {decided[0].pk}
    assert (Decision.objects.count(), Statement.objects.count()) == (1, 1)
    assert Message.objects.filter(person=author).count() == 1
    assert Entry.objects.filter(action="case.decided").count() == 1
    assert note.acts == [f"hidden 2 by {decided[0].decided_by_id}"]


def test_hide_and_keep_at_once_leave_one_truth(case: Case, note: Any, ground: Any, body: Any) -> None:
    one, other = staff(Role.MODERATOR, body), staff(Role.MODERATOR, body)
    at_once(
        lambda: services.decide(case, outcome=Outcome.HIDE, ground=ground, by=one),
        lambda: services.decide(case, outcome=Outcome.KEEP, by=other),
    )
    decision = Decision.objects.get()
    assert note.is_shown is (decision.outcome == Outcome.KEEP)
    assert Message.objects.count() == (1 if decision.outcome == Outcome.HIDE else 0)


def test_two_restores_at_once_are_one(case: Case, note: Any, ground: Any, body: Any, moderator: Any) -> None:
    services.decide(case, outcome=Outcome.HIDE, ground=ground, by=moderator)
    at_once(*(lambda: services.restore(case, by=moderator) for _ in range(4)))
    assert list(Decision.objects.order_by("number").values_list("outcome", flat=True)) == ["hide", "restore"]
    assert (note.is_shown, Message.objects.count()) == (True, 2)


def test_first_reports_at_once_open_one_case(note: Any, ground: Any) -> None:
    people = [PersonFactory() for _ in range(6)]
    results = at_once(
        *(lambda who=who: services.report("note", "note1", ground=ground, reporter=who) for who in people)
    )
    assert [result.is_new for result in results] == [True] * 6
    case = Case.objects.get()
    assert (case.report_count, Report.objects.count()) == (6, 6)
    assert Entry.objects.filter(action="report.received").count() == 6


def test_one_persons_reports_at_once_are_one(note: Any, ground: Any) -> None:
    person = PersonFactory()
    results = at_once(*(lambda: services.report("note", "note1", ground=ground, reporter=person) for _ in range(6)))
    assert sorted(result.is_new for result in results) == [False] * 5 + [True]
    assert (Case.objects.get().report_count, Report.objects.count()) == (1, 1)


def test_claims_at_once_have_one_holder(case: Case, body: Any) -> None:
    moderators = [staff(Role.MODERATOR, body) for _ in range(4)]
    results = at_once(*(lambda by=by: services.claim(case, by=by) for by in moderators))
    holders = [result.claimed_by for result in results if isinstance(result, Case)]
    case.refresh_from_db()
    assert holders == [case.claimed_by]
    assert Entry.objects.filter(action="case.claimed").count() == 1
