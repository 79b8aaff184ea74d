"""What authors and reporters are told, each in their own language."""

from typing import Any

from django.conf import settings
from django.utils import translation

from moderation.choices import Outcome
from moderation.models import Case, Decision
from moderation.registry import Target
from portal.accounts.models import Person
from portal.messaging.services import notify
from portal.text import localised


def tell_author(decision: Decision, target: Target) -> None:
    """Send the statement of reasons: ground, passage, scope, duration, who decided, and how to ask for another look.

    Once for each decision; nobody is told of things without an author, or once the author is erased.
    """
    author = decision.case.author
    if author is None or author.erased_at is not None:
        return
    words = {"passage": decision.statement.passage, "note": decision.statement.note}
    _send(author, "moderation/decision", decision, target, key=f"decision-{decision.pk}", **words)


def tell_reporters(decision: Decision, target: Target | None) -> None:
    """Tell those who reported with an account what became of it, once for each report."""
    reports = decision.case.reports.select_related("reporter").exclude(reporter=None)
    for report in reports.filter(reporter__erased_at=None).order_by("pk"):
        _send(report.reporter, "moderation/report_outcome", decision, target, key=f"report-{report.pk}")


def tell_of_later_decision(case: Case, reason: str) -> None:
    """Tell those who reported with an account that the decision takes longer, and why; once for each new moment."""
    due_at = case.deadline.due_at
    for report in case.reports.select_related("reporter").filter(reporter__erased_at=None).exclude(reporter=None):
        key = f"later-{report.pk}-{due_at:%Y%m%d%H%M}"
        context = {"due_at": due_at, "reason": reason}
        notify(report.reporter, "moderation/deadline_moved", context=context, key=key, reply_to=settings.REPLY_TO_EMAIL)


def _send(
    recipient: Person, template: str, decision: Decision, target: Target | None, *, key: str, **words: str
) -> None:
    # Titles and addresses are looked up here, so they must be in the recipient's language here already.
    with translation.override(recipient.language):
        context = _context(decision, target) | words
        notify(recipient, template, context=context, key=key, reply_to=settings.REPLY_TO_EMAIL)


def _context(decision: Decision, target: Target | None) -> dict[str, Any]:
    case, ground = decision.case, decision.ground
    return {
        "hidden": decision.outcome == Outcome.HIDE,
        "restored": decision.outcome == Outcome.RESTORE,
        "ground_number": ground.number if ground else None,
        "ground_title": localised(ground, "title")[0] if ground else "",
        "ground_description": localised(ground, "description")[0] if ground else "",
        "body": localised(case.organisation, "name")[0],
        "decided_at": decision.decided_at,
        "text_language": case.language,
        "path": target.url if target else "",
        "reply_to": settings.REPLY_TO_EMAIL,
    }
