"""What people chose and follow, what happened, and what each of them is told of it."""

from datetime import time

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from portal.messaging.choices import Way
from portal.messaging.models import Message
from portal.notifications.choices import NoticeState, Rhythm, Stage, Subject
from portal.notifications.querysets import FollowQuerySet, NoticeQuerySet


class Wishes(models.Model):
    """When somebody may be told, and at which number; no row stands for the defaults.

    Times are those of the portal's zone. Quiet hours may cross midnight; two equal times mean none. ``weekly_day``
    counts from Monday (0). ``phone`` is confirmed; ``new_phone`` waits for the code that was sent to it, of which
    only a hash is kept.
    """

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="notice_wishes")
    quiet_from = models.TimeField(_("quiet from"), default=time(21))
    quiet_to = models.TimeField(_("quiet until"), default=time(7))
    daily_hour = models.PositiveSmallIntegerField(
        _("hour of what comes together"), default=8, validators=[MaxValueValidator(23)]
    )
    weekly_day = models.PositiveSmallIntegerField(
        _("day of what comes once a week"), default=6, validators=[MaxValueValidator(6)]
    )
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    new_phone = models.CharField(_("phone to be confirmed"), max_length=16, blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("wishes about notices")
        verbose_name_plural = _("wishes about notices")
        constraints = [
            models.CheckConstraint(condition=Q(daily_hour__lte=23), name="wishes_hour_of_day"),
            models.CheckConstraint(condition=Q(weekly_day__lte=6), name="wishes_day_of_week"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class Preference(models.Model):
    """How and when somebody is told of one subject; no row stands for the default."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notice_preferences")
    subject = models.CharField(_("subject"), max_length=10, choices=Subject.choices)
    way = models.CharField(_("by"), max_length=10, choices=Way.choices)
    rhythm = models.CharField(_("when"), max_length=8, choices=Rhythm.choices)

    class Meta:
        verbose_name = _("choice about notices")
        verbose_name_plural = _("choices about notices")
        constraints = [
            models.UniqueConstraint(fields=["person", "subject"], name="preference_once"),
            # What is never sent stands on the portal, and what stands there alone is never sent.
            models.CheckConstraint(
                condition=Q(way=Way.WEB, rhythm=Rhythm.NEVER) | (~Q(way=Way.WEB) & ~Q(rhythm=Rhythm.NEVER)),
                name="preference_web_is_never",
            ),
            models.CheckConstraint(
                condition=~Q(subject__in=[Subject.DECISIONS, Subject.REQUESTS]) | ~Q(rhythm=Rhythm.NEVER),
                name="preference_always_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.subject}"


class Follow(models.Model):
    """Somebody follows something: a soft reference, whose kind is among the ``followables``."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="follows")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [models.UniqueConstraint(fields=["person", "kind", "key"], name="follow_once")]
        indexes = [models.Index(fields=["kind", "key", "person"], name="follow_audience")]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.kind} {self.key}"


class Happening(models.Model):
    """Something that concerns many, written where it happens, and handed round afterwards in claims.

    ``audience`` are the things whose followers are told, the nearest first. All people of the stage up to ``cursor``
    have their notice: it moves with them, in one transaction. ``is_silent``: brought back from a backup, and perhaps
    told since; the notices stand on the portal alone.
    """

    event = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    audience = models.JSONField(default=list)
    once = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField(default=timezone.now)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.TOOK_PART)
    cursor = models.BigIntegerField(default=0)
    is_silent = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("happening")
        verbose_name_plural = _("happenings")
        indexes = [models.Index(fields=["id"], condition=~Q(stage=Stage.DONE), name="happening_open")]

    def __str__(self) -> str:
        return self.once


class Digest(models.Model):
    """One sending to one person by one way: what was due then, together. There is never a second one for a slot."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="digests")
    way = models.CharField(max_length=10, choices=Way.choices)
    slot = models.DateTimeField()
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [models.UniqueConstraint(fields=["person", "way", "slot"], name="digest_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.way} {self.slot:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """One thing that one person is told. No text of anybody is kept in it: it is read anew whenever it is shown.

    (``kind``, ``key``) is what it leads to, ``about`` the code of a second thing where the event names two.
    (``follow_kind``, ``follow_key``) is what the person follows, where that is why they are told. ``once`` is unique
    for each person. While it waits, ``due_at`` says when it is looked at again; what the person wants is asked then.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notices")
    subject = models.CharField(max_length=10, choices=Subject.choices)
    event = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60)
    about = models.CharField(max_length=60, blank=True)
    data = models.JSONField(default=dict)
    follow_kind = models.CharField(max_length=20, blank=True)
    follow_key = models.CharField(max_length=60, blank=True)
    once = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.WAITING)
    due_at = models.DateTimeField(null=True)
    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, null=True, related_name="notices")
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["person", "once"], name="notice_once"),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.WAITING) | Q(due_at__isnull=False), name="notice_waits_until"
            ),
        ]
        indexes = [
            models.Index(F("person"), F("id").desc(), name="notice_list"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["due_at", "person"], condition=Q(state=NoticeState.WAITING), name="notice_due"),
            models.Index(fields=["at"], name="notice_age"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.event} {self.kind} {self.key}"
