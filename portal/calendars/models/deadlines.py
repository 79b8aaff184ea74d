"""Deadlines, and the ledgers of what was promised, waited for and missed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, Person
from portal.calendars.choices import Cause, Level, Pause, Target, Unit
from portal.calendars.models.calendars import Calendar
from portal.calendars.querysets import DeadlineQuerySet
from portal.ledgers import Ledger


class Deadline(models.Model):
    """A promise with a moment: owned one-to-one by the case, consultation or request it was given to.

    ``due_at`` is the promise that stands. ``receipt`` holds the arithmetic behind it, so that anyone can follow it
    years later. ``held_due_at`` is an earlier promise that a later reckoning did not move, and ``held_since`` when.
    Rows made by versions before 0.1 have no body until the next tick has looked it up.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("body")
    )
    level = models.CharField(_("service level"), max_length=40, choices=Level.choices)
    target = models.CharField(
        _("promise"), max_length=10, choices=Target.choices, default=Target.REPLY, db_default=Target.REPLY
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("calendar")
    )
    amount = models.PositiveSmallIntegerField(_("amount"), null=True)
    unit = models.CharField(_("counted in"), max_length=16, choices=Unit.choices, blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started"))
    deemed_at = models.DateTimeField(_("deemed received"), null=True)
    due_at = models.DateTimeField(_("due"))
    held_due_at = models.DateTimeField(_("earlier promise that stands"), null=True)
    held_since = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(_("clock stands still since"), null=True)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("no longer asked for"), null=True)
    receipt = models.JSONField(_("receipt"), default=dict)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(met_at=None), name="deadline_running"),
            models.Index(fields=["calendar", "id"], condition=models.Q(met_at=None), name="deadline_by_calendar"),
            models.Index(fields=["organisation", "id"], name="deadline_by_body"),
            # The running ones in their order, for reckoning many anew; and with all by which the clock's ticks look for
            # what is new, so that these read the index alone.
            models.Index(
                fields=["id", "calendar", "organisation", "level", "due_at", "waiting_since"],
                condition=models.Q(met_at=None, dropped_at=None),
                name="deadline_in_order",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(due_at__gte=models.F("started_at")), name="deadline_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def is_met(self) -> bool:
        """True once it was met, in time or late."""
        return self.met_at is not None

    @property
    def is_waiting(self) -> bool:
        """True while the clock stands still; what began to wait once it was late is late all the same."""
        return self.waiting_since is not None and self.waiting_since <= self.due_at

    @property
    def is_overdue(self) -> bool:
        """True one instant after the due moment while unmet; met at the due second is in time."""
        is_running = self.met_at is None and self.dropped_at is None and not self.is_waiting
        return is_running and timezone.now() > self.due_at

    @property
    def was_kept(self) -> bool:
        """True when it was met at the due moment or before."""
        return self.met_at is not None and self.met_at <= self.due_at


class Promise(Ledger):
    """One reckoning of a deadline: what it would be (``reckoned_at``) and what stands (``due_at``).

    An extension carries its amount and unit. The words of a reason stand beside it, in ``Reason``.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="promises")
    number = models.PositiveSmallIntegerField(_("number"))
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    level = models.CharField(_("service level"), max_length=40, choices=Level.choices)
    reckoned_at = models.DateTimeField(_("reckoned"))
    due_at = models.DateTimeField(_("promised"))
    amount = models.PositiveSmallIntegerField(_("extended by"), null=True)
    unit = models.CharField(_("counted in"), max_length=16, choices=Unit.choices, blank=True)
    receipt = models.JSONField(_("receipt"), default=dict)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["deadline", "number"], name="promise_number_once")]
        indexes = [models.Index(fields=["deadline"], condition=models.Q(cause=Cause.EXTENDED), name="promise_extended")]

    def __str__(self) -> str:
        return f"{self.deadline_id}/{self.number}: {self.due_at:%Y-%m-%d %H:%M}"


class Reason(models.Model):
    """Why a promise was moved, in the words the person is told; beside the ledger, so that they can be erased."""

    promise = models.OneToOneField(Promise, on_delete=models.PROTECT, related_name="reason")
    text = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")

    def __str__(self) -> str:
        return self.text


class Wait(Ledger):
    """A time in which the clock stood still, written when it is over."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="waits")
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    pause = models.CharField(_("why"), max_length=10, choices=Pause.choices)

    class Meta:
        verbose_name = _("wait")
        verbose_name_plural = _("waits")
        ordering = ["since", "id"]
        constraints = [models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="wait_in_order")]

    def __str__(self) -> str:
        return f"{self.deadline_id}: {self.since:%Y-%m-%d %H:%M} – {self.until:%Y-%m-%d %H:%M}"


class Breach(Ledger):
    """A promise was not kept: stamped with the moment that was missed, whenever that was seen, and there to stay."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="breaches")
    due_at = models.DateTimeField(_("was due"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["deadline", "due_at"], name="breach_once")]

    def __str__(self) -> str:
        return f"{self.deadline_id}: {self.due_at:%Y-%m-%d %H:%M}"


class Recount(models.Model):
    """A reckoning anew of all open deadlines that a change touches, done in strides and taken up where it stopped."""

    scope = models.JSONField(_("scope"))
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    subject = models.CharField(_("what changed"), max_length=200)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    total = models.PositiveIntegerField(_("deadlines"), default=0)
    done = models.PositiveIntegerField(_("reckoned"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    last_pk = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("reckoning")
        verbose_name_plural = _("reckonings")
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=models.Q(finished_at=None), name="recount_unfinished")]

    def __str__(self) -> str:
        return self.subject

    @property
    def percent(self) -> int:
        """How much of it is done, as a whole number."""
        return 100 if self.finished_at or not self.total else min(99, self.done * 100 // self.total)
