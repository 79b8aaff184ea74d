"""The city's comments and votes, written with their counters; the recount confirms them afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from engagement.comments.choices import CommentState
from engagement.comments.models import Comment, CommentVote, Thread
from engagement.comments.rules import wilson_lower_bound
from engagement.consultations.management.city.people import Citizen, code
from portal.web.management.copying import Say, copy_rows

REPLY_SHARE = 0.2
# One reply in so many speaks for the body.
OFFICIAL_EVERY = 12
_FIELDS = [
    *("code", "thread", "parent", "author", "official_for", "body", "language", "state"),
    *("up", "down", "score", "reply_count", "created_at"),
]


@dataclass(slots=True)
class _Draft:
    """A comment before it is written. ``voters`` are places in the list of people, ``ups`` how many of them agree."""

    author: Citizen
    at: datetime
    body: str
    voters: list[int] = field(default_factory=list)
    ups: int = 0
    replies: list["_Draft"] = field(default_factory=list)
    is_official: bool = False


class ThreadLoader:
    """Fills one thread with so many comments and votes on them, from its opening to ``until``."""

    def __init__(
        self, random: Random, content: dict[str, Any], people: list[Citizen], agent: Citizen, until: datetime, say: Say
    ) -> None:
        self.random, self.content, self.people, self.agent = random, content, people, agent
        self.until, self.say = until, say

    def fill(self, thread: Thread, comments: int, votes: int) -> None:
        """Write the comments, their replies and the votes on them."""
        tops = self._drafts(thread, comments)
        everything = [draft for top in tops for draft in (top, *top.replies)]
        self._share_out(everything, min(votes, len(everything) * (len(self.people) - 1)))
        keys = self._write(thread, [(top, None) for top in tops], what="comments")
        replies = [(reply, key) for top, key in zip(tops, keys, strict=True) for reply in top.replies]
        reply_keys = self._write(thread, replies, what="replies")
        drafts = [*zip(tops, keys, strict=True), *zip((reply for reply, _top in replies), reply_keys, strict=True)]
        total = sum(len(draft.voters) for draft, _key in drafts)
        fields = ["comment", "person", "value", "created_at"]
        copy_rows(CommentVote, fields, self._votes(drafts), total=total, what="votes on comments", say=self.say)
        Thread.objects.filter(pk=thread.pk).update(comment_count=len(everything))

    def _drafts(self, thread: Thread, count: int) -> list[_Draft]:
        replies = int(count * REPLY_SHARE) if count > 4 else 0
        moments = sorted(self._moment(thread.opens_at) for _ in range(count - replies))
        tops = [self._draft(at) for at in moments]
        for number in range(replies):
            top = self.random.choice(tops)
            reply = self._draft(self._moment(top.at))
            if number % OFFICIAL_EVERY == 0:
                reply.is_official, reply.author, reply.body = True, self.agent, self.content["official"][_of(top)]
            top.replies.append(reply)
        for top in tops:
            top.replies.sort(key=lambda reply: reply.at)
        return tops

    def _draft(self, at: datetime) -> _Draft:
        author = self.random.choice(self.people)
        sentences = self.content["sentences"][author.language[:2]]
        joiner = "" if author.language.startswith("zh") else " "
        return _Draft(author, at, joiner.join(self.random.sample(sentences, self.random.randint(1, 4))))

    def _moment(self, after: datetime) -> datetime:
        return after + (self.until - after) * (self.random.betavariate(1, 1.6) * 0.98 + 0.01)

    def _share_out(self, drafts: list[_Draft], votes: int) -> None:
        """Give a few comments many votes and most of them few, exactly so many in all."""
        weights = [self.random.paretovariate(1.3) for _ in drafts]
        total, most = sum(weights), len(self.people) - 1
        counts = [min(most, int(votes * weight / total)) for weight in weights]
        left = votes - sum(counts)
        while left:
            place = self.random.randrange(len(counts))
            if counts[place] < most:
                counts[place] += 1
                left -= 1
        for draft, count in zip(drafts, counts, strict=True):
            # One more than needed, so that the author can be left out.
            chosen = self.random.sample(range(len(self.people)), count + 1)
            draft.voters = [place for place in chosen if self.people[place].pk != draft.author.pk][:count]
            liking = self.random.uniform(0.55, 0.98)
            draft.ups = sum(self.random.random() < liking for _ in draft.voters)

    def _write(self, thread: Thread, drafts: list[tuple[_Draft, int | None]], *, what: str) -> list[int]:
        """Write comments, and return their keys in the same order."""
        last = Comment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = (self._row(thread, draft, parent) for draft, parent in drafts)
        copy_rows(Comment, _FIELDS, rows, total=len(drafts), what=what, say=self.say)
        return list(Comment.objects.filter(thread=thread, pk__gt=last).order_by("pk").values_list("pk", flat=True))

    def _row(self, thread: Thread, draft: _Draft, parent: int | None) -> tuple[Any, ...]:
        downs = len(draft.voters) - draft.ups
        return (
            *(code(self.random), thread.pk, parent, draft.author.pk),
            thread.organisation_id if draft.is_official else None,
            *(draft.body, draft.author.language, CommentState.VISIBLE.value, draft.ups, downs),
            *(repr(wilson_lower_bound(draft.ups, downs)), len(draft.replies), draft.at.isoformat()),
        )

    def _votes(self, drafts: list[tuple[_Draft, int]]) -> Iterator[tuple[Any, ...]]:
        for draft, key in drafts:
            for number, place in enumerate(draft.voters):
                at = draft.at + (self.until - draft.at) * self.random.random()
                yield key, self.people[place].pk, 1 if number < draft.ups else -1, at.isoformat()


def _of(draft: _Draft) -> str:
    return draft.author.language[:2]
