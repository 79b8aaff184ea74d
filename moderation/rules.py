"""Who may decide, and what a statement may quote."""

from typing import Any

from moderation.models import Case, Ground
from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.text import is_blank


def may_moderate(user: Any, case: Case) -> bool:
    """Moderators of the case's body may."""
    return holds(user, Role.MODERATOR, organisation=case.organisation)


def is_author(user: Any, case: Case) -> bool:
    """Tell whether the case is about this person's own words: nobody is judge in their own cause."""
    return case.author_id is not None and case.author_id == user.pk


def is_held_by_another(user: Any, case: Case, *, at: Any) -> bool:
    """Tell whether somebody else holds the case at this moment."""
    return case.claimed_by_id not in (None, user.pk) and case.claimed_until is not None and case.claimed_until > at


def lacks_note(ground: Ground, note: str) -> bool:
    """Tell whether hiding on this ground, whose policy promises that the rule is named, would leave it unnamed."""
    return ground.needs_note and is_blank(note)


def quotes(text: str, passage: str) -> bool:
    """Tell whether the passage stands in the text; line ends and runs of spaces, lost when copying, do not count."""
    return " ".join(passage.split()) in " ".join(text.split())
