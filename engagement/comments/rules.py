"""Who may do what in a thread, and the arithmetic of its order."""

from datetime import timedelta
from math import sqrt
from typing import Any

from django.conf import settings
from django.utils import timezone

from engagement.comments.models import Comment, Thread
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds

# Standard normal quantile of a two-sided 95 % interval.
_Z = 1.959964


def wilson_lower_bound(up: int, down: int) -> float:
    """Return the lower bound of the 95 % Wilson score interval of the share of votes up; 0 without votes.

    Source: E. B. Wilson, “Probable inference, the law of succession, and statistical inference” (1927).
    """
    n = up + down
    if n == 0:
        return 0.0
    share = up / n
    spread = _Z * sqrt((share * (1 - share) + _Z**2 / (4 * n)) / n)
    return max(0.0, (share + _Z**2 / (2 * n) - spread) / (1 + _Z**2 / n))


def may_edit(user: Any, comment: Comment) -> bool:
    """The author may, for the first minutes, while the text is shown and the thread open."""
    window = timedelta(minutes=settings.COMMENT_EDIT_MINUTES)
    return (
        comment.author_id == user.pk
        and comment.is_shown
        and comment.thread.is_open
        and timezone.now() < comment.created_at + window
    )


def may_vote(user: Any, comment: Comment) -> bool:
    """Everybody with an account may while the thread is open, but for the author."""
    return user.is_authenticated and comment.author_id != user.pk and comment.is_shown and comment.thread.is_open


def may_reply_officially(user: Any, thread: Thread) -> bool:
    """Agents, editors and managers of the thread's body speak for it."""
    return holds(user, Role.AGENT, Role.EDITOR, Role.MANAGER, organisation=thread.organisation)


def may_read(user: Any, thread: Thread) -> bool:
    """Everybody reads public threads; those who write for the body read its drafts'."""
    if thread.is_public:
        return True
    return bodies_for(user, Role.EDITOR, Role.MANAGER).filter(pk=thread.organisation_id).exists()
