"""Reports and decisions of the demonstration, with their days."""

from datetime import datetime, timedelta
from typing import Any

from engagement.comments.choices import CommentState
from engagement.comments.models import Comment
from moderation.choices import CaseState, Outcome
from moderation.models import Case, Decision, Ground, Report, Statement
from portal.accounts.models import Person
from portal.calendars.choices import Level
from portal.calendars.services import meet, promise
from portal.registry import DemoStage


def report_comment(stage: DemoStage, comment: Comment, content: dict[str, Any], *, reporters: list[Person]) -> None:
    """Write the case of one reported comment: reports, and the decision unless it still waits."""
    waiting = content["decision"] == "waiting"
    reported_at = _when_reported(stage, comment, waiting)
    ground = Ground.objects.get(number=content["ground"])
    case = Case.objects.create(
        kind="comment",
        key=comment.code,
        organisation=comment.thread.organisation,
        author=comment.author,
        text=comment.body,
        language=comment.language,
        context=comment.parent.body if comment.parent else "",
        deadline=promise(Level.REPORT_OF_CONTENT, body=comment.thread.organisation, start=reported_at),
        opened_at=reported_at,
    )
    others = [person for person in reporters if person.pk != comment.author_id]
    for number, person in enumerate(stage.random.sample(others, stage.random.randint(1, 3))):
        note = content.get("note", "") if number == 0 else ""
        at = reported_at + timedelta(minutes=40 * number)
        Report.objects.create(case=case, ground=ground, note=note, reporter=person, created_at=at)
        case.report_count += 1
    if not waiting:
        _decide(stage, case, comment, ground, content, reported_at)
    case.save()


def _when_reported(stage: DemoStage, comment: Comment, waiting: bool) -> datetime:
    if waiting:
        # Close enough to today that the promise of 72 hours still runs for most.
        hours = stage.random.choice([3, 13, 26, 44, 59, 70])
        return max(comment.created_at + timedelta(minutes=20), stage.anchor - timedelta(hours=hours))
    # Most reports come within a day or two, some weeks later, and none after today.
    hours = stage.random.choice([0.5, 3, 11, 30, 400, 700])
    return min(comment.created_at + timedelta(hours=hours), stage.anchor - timedelta(hours=2))


def _decide(
    stage: DemoStage, case: Case, comment: Comment, ground: Ground, content: dict[str, Any], reported_at: datetime
) -> None:
    latest = stage.anchor
    decided_at = min(latest, reported_at + timedelta(hours=stage.random.choice([1.5, 3, 4, 6, 9, 20, 28, 44, 80])))
    hides = content["decision"] == "hide"
    decision = Decision.objects.create(
        case=case,
        number=1,
        outcome=Outcome.HIDE if hides else Outcome.KEEP,
        ground=ground if hides else None,
        decided_by=Person.objects.get(email="moderator@demo.example"),
        decided_at=decided_at,
    )
    Statement.objects.create(decision=decision, passage=content.get("passage", "") if hides else "")
    meet(case.deadline, at=decided_at)
    case.state, case.decided_at = CaseState.DECIDED, decided_at
    if hides:
        comment.state, comment.hidden_ground, comment.hidden_at = CommentState.HIDDEN, ground, decided_at
        comment.save(update_fields=["state", "hidden_ground", "hidden_at"])
