"""Writing in threads: comments, edits, votes, and what moderation decides."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from engagement.comments.choices import SHOWN_STATES, CommentState
from engagement.comments.models import Comment, CommentVersion, CommentVote, Thread
from engagement.comments.rules import (
    may_edit,
    may_reply_officially,
    may_vote,
    wilson_lower_bound,
)
from moderation.models import Ground
from portal.accounts.models import Organisation, Person
from portal.accounts.rules import organisation_of_contact
from portal.audit.services import record
from portal.cache import bump
from portal.notifications.services import tell
from portal.registry import Drift, no_progress
from portal.text import clean_text, is_blank

# A second submit of the same words within this time is the same comment: a double click, a reload, a retry.
SAME_COMMENT_SECONDS = 600
# Threads, and comments, compared at once by the recount.
RECOUNT_STRIDE = 20_000


class CommentRefused(Exception):
    """The comment cannot be taken; ``reason`` is one of ``blank``, ``long``, ``parent``, ``closed``, ``forbidden``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ThreadClosed(CommentRefused):
    """The thread takes no comments or votes now."""

    def __init__(self) -> None:
        super().__init__("closed")


def clean_body(body: str) -> str:
    """Return the text as it will be stored; raises ``CommentRefused`` when nothing is visible or it is too long."""
    # What is far too long is refused before it is worked on.
    if len(body) > 4 * settings.COMMENT_MAX_LENGTH:
        raise CommentRefused("long")
    body = clean_text(body)
    if is_blank(body):
        raise CommentRefused("blank")
    if len(body) > settings.COMMENT_MAX_LENGTH:
        raise CommentRefused("long")
    return body


@transaction.atomic
def post_comment(
    thread: Thread,
    *,
    author: Person,
    body: str,
    language: str,
    reply_to: Comment | None = None,
    official_for: Organisation | None = None,
) -> Comment:
    """Post a comment written on a page of this language, or a reply to a comment of the same thread.

    A reply to a reply joins the comment above both: two levels, no more. The same words by the same person in the
    same place within ten minutes are one comment, which is returned. Raises ``CommentRefused``, and ``ThreadClosed``
    once the thread's closing time has passed by the server's clock.
    """
    body = clean_body(body)
    # Locked, so that no comment slips in while the thread is being closed.
    thread = Thread.objects.select_for_update(no_key=True).get(pk=thread.pk)
    if not thread.is_open:
        raise ThreadClosed
    parent = _parent_of(reply_to, thread)
    if official_for is not None and not may_reply_officially(author, thread):
        raise CommentRefused("forbidden")
    posted = _same_comment(thread, author, parent, body)
    if posted is not None:
        return posted
    comment = Comment.objects.create(
        thread=thread,
        author=author,
        body=body,
        language=language,
        parent=parent,
        official_for=official_for,
        speaks_for=None if official_for else organisation_of_contact(author),
    )
    _count(comment, 1)
    record("comment.posted", comment, by=author, data={"language": language, "official": official_for is not None})
    if parent is not None:
        _tell_of_reply(comment, answered={parent.author_id: parent, reply_to.author_id: reply_to})
    return comment


@transaction.atomic
def edit_comment(comment: Comment, *, by: Person, body: str, language: str) -> Comment:
    """Change the text (or correct the language) within the first minutes; the earlier text is kept."""
    body = clean_body(body)
    comment = Comment.objects.select_for_update(no_key=True, of=("self",)).select_related("thread").get(pk=comment.pk)
    if not may_edit(by, comment):
        raise CommentRefused("forbidden")
    if (body, language) == (comment.body, comment.language):
        return comment
    if body != comment.body:
        CommentVersion.objects.create(comment=comment, body=comment.body)
        comment.edited_at = timezone.now()
    comment.body, comment.language = body, language
    comment.save(update_fields=["body", "language", "edited_at"])
    record("comment.edited", comment, by=by)
    return comment


@transaction.atomic
def vote_on_comment(comment: Comment, *, by: Person, value: int) -> Comment:
    """Set this person's vote: 1, -1, or 0 to take it back. Saying the same twice changes nothing.

    The vote is set, not toggled: fifty clicks at once leave one row and move the counter by one.
    """
    comment = Comment.objects.select_for_update(no_key=True, of=("self",)).select_related("thread").get(pk=comment.pk)
    if not comment.thread.is_open:
        raise ThreadClosed
    if value not in (1, 0, -1) or not may_vote(by, comment):
        raise CommentRefused("forbidden")
    vote = CommentVote.objects.filter(comment=comment, person=by).first()
    before = vote.value if vote else 0
    if value == before:
        return comment
    if value == 0:
        vote.delete()
    else:
        CommentVote.objects.update_or_create(comment=comment, person=by, defaults={"value": value})
    comment.up += (value == 1) - (before == 1)
    comment.down += (value == -1) - (before == -1)
    comment.score = wilson_lower_bound(comment.up, comment.down)
    comment.save(update_fields=["up", "down", "score"])
    bump()
    return comment


@transaction.atomic
def hide_comment(comment: Comment, *, ground: Ground, by: Person) -> None:
    """Hide the text on a ground: the place in the thread, the replies and the votes stay."""
    comment = _locked_with_thread(comment)
    if not comment.is_shown:
        return
    _move(comment, CommentState.HIDDEN, ground=ground)
    record("comment.hidden", comment, by=by, data={"ground": ground.number})


@transaction.atomic
def restore_comment(comment: Comment, *, by: Person) -> None:
    """Show a hidden text again."""
    comment = _locked_with_thread(comment)
    if comment.state != CommentState.HIDDEN:
        return
    _move(comment, CommentState.VISIBLE, ground=None)
    record("comment.restored", comment, by=by)


@transaction.atomic
def erase_comments_of(person: Person) -> None:
    """Empty what a person wrote, as they asked: places, replies and counters of others stay."""
    for written in Comment.objects.filter(author=person).order_by("thread", "pk"):
        comment = _locked_with_thread(written)
        if comment.is_shown:
            _count(comment, -1)
        comment.state, comment.body = CommentState.ERASED, ""
        comment.save(update_fields=["state", "body"])
    CommentVersion.objects.filter(comment__author=person).delete()


def recount(*, repair: bool = True) -> list[str]:
    """Compare every counter with a recount; return one line for each that drifted, and mend it when asked."""
    return [str(drift) for drift in drifts(repair)]


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare in strides, a few queries each, and give what differs; mended, it leaves a trace.

    What differs is counted once more under its lock, so that a vote cast meanwhile is not taken for drift.
    """
    last = {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in (Thread, Comment)}
    total, done = sum(last.values()), 0
    for model, differing in ((Thread, _threads_that_differ), (Comment, _comments_that_differ)):
        for first in range(0, last[model] + 1, RECOUNT_STRIDE):
            for pk in differing(range(first, first + RECOUNT_STRIDE)):
                yield from _settle(model, pk, repair)
            progress(done + min(first + RECOUNT_STRIDE, last[model]), total)
        done += last[model]


def _threads_that_differ(stride: range) -> list[int]:
    within = {"pk__gte": stride.start, "pk__lt": stride.stop}
    shown = Count("comments", filter=Q(comments__state__in=SHOWN_STATES))
    differing = Thread.objects.filter(**within).annotate(shown=shown).exclude(comment_count=F("shown"))
    return list(differing.order_by("pk").values_list("pk", flat=True))


def _comments_that_differ(stride: range) -> list[int]:
    within = {"gte": stride.start, "lt": stride.stop}
    votes = CommentVote.objects.filter(**{f"comment_id__{name}": pk for name, pk in within.items()})
    tally = votes.values("comment_id").annotate(ups=Count("pk", filter=Q(value=1)), all=Count("pk"))
    given = {comment: (ups, every - ups) for comment, ups, every in tally.values_list("comment_id", "ups", "all")}
    answers = Comment.objects.filter(**{f"parent_id__{name}": pk for name, pk in within.items()})
    answered = answers.filter(state__in=SHOWN_STATES).values("parent_id").annotate(all=Count("pk"))
    replies = dict(answered.values_list("parent_id", "all"))
    rows = Comment.objects.filter(**{f"pk__{name}": pk for name, pk in within.items()}).order_by("pk")
    found = []
    for pk, up, down, score, reply_count in rows.values_list("pk", "up", "down", "score", "reply_count"):
        counted = given.get(pk, (0, 0))
        if (up, down, score, reply_count) != (*counted, wilson_lower_bound(*counted), replies.get(pk, 0)):
            found.append(pk)
    return found


@transaction.atomic
def _settle(model: type[Thread | Comment], pk: int, repair: bool) -> list[Drift]:
    row = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    truth = _thread_truth(row) if isinstance(row, Thread) else _comment_truth(row)
    wrong = {name: (getattr(row, name), value) for name, value in truth.items() if getattr(row, name) != value}
    if wrong and repair:
        model.objects.filter(pk=pk).update(**{name: truth[name] for name in wrong})
        record("counter.mended", row, by=None, data={name: list(values) for name, values in wrong.items()})
    return [Drift(f"{row._meta.label} {pk}", name, *values) for name, values in wrong.items()]


def _thread_truth(thread: Thread) -> dict[str, Any]:
    return {"comment_count": thread.comments.filter(state__in=SHOWN_STATES).count()}


def _comment_truth(comment: Comment) -> dict[str, Any]:
    votes = list(comment.votes.values_list("value", flat=True))
    up, down = votes.count(1), votes.count(-1)
    replies = comment.replies.filter(state__in=SHOWN_STATES).count()
    return {"up": up, "down": down, "score": wilson_lower_bound(up, down), "reply_count": replies}


def _parent_of(reply_to: Comment | None, thread: Thread) -> Comment | None:
    if reply_to is None:
        return None
    if reply_to.thread_id != thread.pk or not reply_to.is_shown:
        raise CommentRefused("parent")
    return reply_to.parent if reply_to.parent_id else reply_to


def _same_comment(thread: Thread, author: Person, parent: Comment | None, body: str) -> Comment | None:
    since = timezone.now() - timedelta(seconds=SAME_COMMENT_SECONDS)
    return thread.comments.filter(author=author, parent=parent, body=body, created_at__gte=since).first()


def _tell_of_reply(reply: Comment, *, answered: dict[int, Comment]) -> None:
    """Tell those who are answered, but for people who answer themselves."""
    for author, comment in answered.items():
        if author != reply.author_id:
            once = f"reply-{reply.code}"
            tell(comment.author, "comment.reply", kind="comment", key=comment.code, about=reply.code, once=once)


def _locked_with_thread(comment: Comment) -> Comment:
    """Lock the thread, then the comment: in the order in which posting does, so that the two never wait in a ring."""
    Thread.objects.select_for_update(no_key=True).get(pk=comment.thread_id)
    return Comment.objects.select_for_update(no_key=True, of=("self",)).get(pk=comment.pk)


def _move(comment: Comment, state: CommentState, *, ground: Ground | None) -> None:
    comment.state, comment.hidden_ground = state, ground
    comment.hidden_at = timezone.now() if ground else None
    comment.save(update_fields=["state", "hidden_ground", "hidden_at"])
    _count(comment, 1 if comment.is_shown else -1)


def _count(comment: Comment, step: int) -> None:
    # Never below zero: a counter that has drifted must not stand in the way of a decision; the night mends it.
    Thread.objects.filter(pk=comment.thread_id).update(comment_count=Greatest(F("comment_count") + step, 0))
    if comment.parent_id:
        Comment.objects.filter(pk=comment.parent_id).update(reply_count=Greatest(F("reply_count") + step, 0))
