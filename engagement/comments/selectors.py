"""One page of a thread: twenty comments with their first replies, in a fixed number of queries."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import F, Window, prefetch_related_objects
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from engagement.comments.choices import SHOWN_STATES, Sort
from engagement.comments.models import Comment, CommentVote, Thread
from engagement.comments.registry import titles_of
from engagement.comments.rules import may_edit, may_vote
from portal.messaging.templatetags.mail import isolate
from portal.registry import Deed, Whom
from portal.registry.notices import Shown
from portal.text import localised

# Replies shown below a comment in a thread; the rest stand on the comment's own page.
REPLIES_SHOWN = 5
_DIRECTIONS = {1: "up", -1: "down"}


@dataclass
class ShownComment:
    """A comment as one reader sees it: ``mine`` is their vote (up, down or empty)."""

    comment: Comment
    replies: list["ShownComment"] = field(default_factory=list)
    mine: str = ""
    may_vote: bool = False
    may_edit: bool = False
    for_visitor: bool = False

    @property
    def fragment(self) -> str:
        """Return one value for all that a visitor's picture of it is made of, or nothing for a reader with an account.

        Whatever the template comes to show must be named in ``_facts``, or an earlier picture is taken for the new one.
        """
        return hashlib.blake2b(repr(self._facts()).encode(), digest_size=16).hexdigest() if self.for_visitor else ""

    def _facts(self) -> list[Any]:
        comment, author, ground = self.comment, self.comment.author, self.comment.hidden_ground
        return [
            get_language(),
            [comment.code, comment.state, comment.thread.is_open, comment.body, comment.language],
            [comment.created_at, comment.edited_at, comment.hidden_at, comment.up, comment.down],
            [author.display_name, author.public_name],
            [body and localised(body, "name") for body in (comment.official_for, comment.speaks_for)],
            ground and [ground.number, localised(ground, "title")],
            [self.more_replies, *(reply._facts() for reply in self.replies)],
        ]

    @property
    def more_replies(self) -> int:
        """How many shown replies stand on the comment's own page only."""
        return max(0, self.comment.reply_count - sum(1 for reply in self.replies if reply.comment.is_shown))


@dataclass
class ThreadPage:
    """What the thread's template needs. ``after`` is the code to go on from, empty at the end."""

    thread: Thread
    comments: list[ShownComment]
    sort: Sort
    after: str
    is_first: bool
    sorts: list[tuple[str, Any]] = field(default_factory=lambda: list(Sort.choices))
    max_length: int = settings.COMMENT_MAX_LENGTH


def thread_page(thread: Thread, *, reader: Any, sort: str = "", after: str = "") -> ThreadPage:
    """Return the first comments in this order, or those after the comment of this code.

    An unknown order means the best first; an unknown code means from the start.
    """
    order = Sort(sort) if sort in Sort.values else Sort.BEST
    comments = thread.comments.public().top_level()
    last = comments.filter(code=after).first() if after else None
    if last is not None:
        comments = comments.after(order, last)
    found = list(comments.select_related("author").sorted_by(order)[: settings.COMMENTS_PER_PAGE + 1])
    page = found[: settings.COMMENTS_PER_PAGE]
    replies = _first_replies(page)
    _add_what_few_have([*page, *replies], thread)
    return ThreadPage(
        thread=thread,
        comments=_shown(page, replies, reader),
        sort=order,
        after=page[-1].code if len(found) > len(page) else "",
        is_first=last is None,
    )


def one_comment(comment: Comment, *, reader: Any) -> ShownComment:
    """Return a comment with all its replies, for its own page (at most 200, the official ones first)."""
    replies = comment.replies.public().with_people().order_by(F("official_for").asc(nulls_last=True), "id")[:200]
    return _shown([comment], list(replies), reader)[0]


def _first_replies(comments: list[Comment]) -> list[Comment]:
    ranked = (
        Comment.objects.public()
        .filter(parent__in=[comment.pk for comment in comments if comment.reply_count])
        .annotate(
            rank=Window(
                RowNumber(), partition_by=F("parent"), order_by=[F("official_for").asc(nulls_last=True), F("id").asc()]
            )
        )
        .filter(rank__lte=REPLIES_SHOWN)
    )
    return list(ranked.select_related("author").order_by("rank"))


def _add_what_few_have(comments: list[Comment], thread: Thread) -> None:
    """Load bodies and grounds in a query each, and only when some comment has one: joins would cost every page."""
    for comment in comments:
        comment.thread = thread
    prefetch_related_objects(comments, "official_for", "speaks_for", "hidden_ground")


def _shown(comments: list[Comment], replies: list[Comment], reader: Any) -> list[ShownComment]:
    votes = _votes_of(reader, [*comments, *replies])
    below: dict[int, list[ShownComment]] = {}
    for reply in replies:
        below.setdefault(reply.parent_id, []).append(_one(reply, [], votes, reader))
    return [_one(comment, below.get(comment.pk, []), votes, reader) for comment in comments]


def _one(comment: Comment, replies: list[ShownComment], votes: dict[int, int], reader: Any) -> ShownComment:
    return ShownComment(
        comment=comment,
        replies=replies,
        mine=_DIRECTIONS.get(votes.get(comment.pk, 0), ""),
        may_vote=may_vote(reader, comment),
        may_edit=reader.is_authenticated and may_edit(reader, comment),
        for_visitor=not reader.is_authenticated,
    )


def _votes_of(reader: Any, comments: list[Comment]) -> dict[int, int]:
    if not reader.is_authenticated:
        return {}
    votes = CommentVote.objects.filter(person=reader, comment__in=[comment.pk for comment in comments])
    return dict(votes.values_list("comment_id", "value"))


def author_figures(person: Any) -> dict[str, Any]:
    """Return since when a person is here, how many comments they wrote and how many of those are hidden."""
    comments = Comment.objects.filter(author=person)
    shown = comments.filter(state__in=SHOWN_STATES).count()
    hidden = comments.filter(hidden_ground__isnull=False).count()
    return {"since": person.date_joined, "written": shown + hidden, "hidden": hidden}


def personal_export(person: Any) -> dict[str, Any]:
    """Return what this person wrote and how they voted on comments, for their own copy."""
    comments = Comment.objects.filter(author=person).prefetch_related("versions").order_by("pk")
    votes = CommentVote.objects.filter(person=person).order_by("pk")
    return {
        "comments": [
            {
                "code": comment.code,
                "text": comment.body,
                "language": comment.language,
                "state": comment.state,
                "posted": comment.created_at.isoformat(),
                "earlier_texts": [version.body for version in comment.versions.all()],
            }
            for comment in comments
        ],
        "votes": [{"comment": code, "value": value} for code, value in votes.values_list("comment__code", "value")],
    }


def deeds_of(whom: Whom, viewer: Any, limit: int) -> list[Deed]:
    """Return the comments of an account that everybody may read, in one query; never votes.

    An address or a number alone leads to nobody: whoever comments under a display name is not named by it.
    """
    if whom.person is None:
        return []
    comments = (
        Comment.objects.shown().filter(author=whom.person).exclude(code__in=whom.besides).order_by("-created_at", "-pk")
    )
    return [
        Deed(
            title=Truncator(comment.body).chars(90),
            language=comment.language,
            url=reverse("comments:comment", args=[comment.code]),
            at=comment.created_at,
        )
        for comment in comments[:limit]
    ]


def shown_replies(notices: Sequence[Any], person: Any) -> dict[int, Shown]:
    """Return how notices of replies read; those to replies that cannot be read (any more) are left out."""
    found = Comment.objects.shown().filter(code__in=[notice.about for notice in notices])
    replies = {reply.code: reply for reply in found.select_related("author", "official_for", "parent")}
    titles = titles_of({reply.thread_id for reply in replies.values()})
    told = [(notice, replies.get(notice.about)) for notice in notices]
    return {
        notice.pk: _shown_reply(reply, titles[reply.thread_id])
        for notice, reply in told
        if reply is not None and reply.thread_id in titles
    }


def _shown_reply(reply: Comment, title: str) -> Shown:
    words = {"title": isolate(title)}
    if reply.official_for:
        words["body"] = isolate(localised(reply.official_for, "name")[0])
        sentence = _("Official reply of %(body)s to your comment on “%(title)s”.") % words
    else:
        words["name"] = isolate(reply.author.public_name)
        sentence = _("Reply by %(name)s to your comment on “%(title)s”.") % words
    return Shown(sentence, f"{reverse('comments:comment', args=[reply.parent.code])}#c-{reply.code}")
