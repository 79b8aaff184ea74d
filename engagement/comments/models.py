"""Threads, comments and votes on comments."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagement.comments.choices import SHOWN_STATES, CommentState
from engagement.comments.querysets import CommentQuerySet, ThreadQuerySet
from moderation.models import Ground
from portal.accounts.models import Organisation, Person
from portal.text import new_code


class Thread(models.Model):
    """A place for comments. Whatever is commentable owns one; the thread knows nothing of what it hangs on."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="threads", verbose_name=_("body")
    )
    is_public = models.BooleanField(_("public"), default=False)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    comment_count = models.PositiveIntegerField(_("comments"), default=0)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_closed(self) -> bool:
        """True once its closing time has passed."""
        return self.closes_at is not None and self.closes_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """True while comments and votes are taken, by the server's clock."""
        now = timezone.now()
        began = self.opens_at is None or self.opens_at <= now
        return self.is_public and began and (self.closes_at is None or now < self.closes_at)


class Comment(models.Model):
    """A comment, or (with a parent) a reply: two levels, no more.

    ``official_for`` is the body in whose name a reply speaks; ``speaks_for`` is the organisation whose contact wrote
    it, as it was when it was written. ``score`` is the lower bound of the Wilson interval.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replies")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="comments", verbose_name=_("author"))
    official_for = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("official reply of")
    )
    speaks_for = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("speaks for")
    )
    body = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=10, choices=CommentState.choices, default=CommentState.VISIBLE)
    hidden_ground = models.ForeignKey(
        Ground, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ground")
    )
    hidden_at = models.DateTimeField(_("hidden"), null=True)
    up = models.PositiveIntegerField(_("votes up"), default=0)
    down = models.PositiveIntegerField(_("votes down"), default=0)
    score = models.FloatField(_("score"), default=0)
    reply_count = models.PositiveIntegerField(_("replies"), default=0)
    created_at = models.DateTimeField(_("posted"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [
            models.Index(fields=["thread", "-score", "-id"], condition=models.Q(parent=None), name="comment_best"),
            models.Index(fields=["thread", "-id"], condition=models.Q(parent=None), name="comment_newest"),
            models.Index(
                fields=["thread", "-reply_count", "-id"], condition=models.Q(parent=None), name="comment_discussed"
            ),
            models.Index(fields=["author", "-created_at"], name="comment_author"),
            models.Index(fields=["created_at"], name="comment_time"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_shown(self) -> bool:
        """True when the text may be read by everybody."""
        return self.state in SHOWN_STATES


class CommentVersion(models.Model):
    """What a comment said before an edit."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="versions")
    body = models.TextField(_("text"))
    replaced_at = models.DateTimeField(_("replaced"), default=timezone.now)

    class Meta:
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.comment_id} {self.replaced_at:%Y-%m-%d %H:%M}"


class CommentVote(models.Model):
    """One person's vote on one comment: 1 or -1; taking it back removes the row."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="votes")
    # The index of person and time serves whoever asks for the person alone.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="comment_votes", db_index=False)
    value = models.SmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("vote on a comment")
        verbose_name_plural = _("votes on comments")
        constraints = [
            models.UniqueConstraint(fields=["comment", "person"], name="comment_vote_once"),
            models.CheckConstraint(condition=models.Q(value__in=[1, -1]), name="comment_vote_up_or_down"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="comment_vote_time"),
            models.Index(fields=["person", "created_at"], name="comment_vote_person"),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id}: {self.value:+d}"
