"""Deadlines."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.calendars.choices import Level
from portal.calendars.querysets import DeadlineQuerySet


class Deadline(models.Model):
    """A promise with a moment: owned one-to-one by the case, consultation or request it was given to.

    ``receipt`` holds the arithmetic (rule, amount, unit), so that anyone can follow it years later.
    """

    level = models.CharField(_("service level"), max_length=40, choices=Level.choices)
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    receipt = models.JSONField(_("receipt"), default=dict)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        indexes = [models.Index(fields=["due_at"], condition=models.Q(met_at=None), name="deadline_running")]
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
    def is_overdue(self) -> bool:
        """True one instant after the due moment while unmet; met at the due second is in time."""
        return self.met_at is None and timezone.now() > self.due_at

    @property
    def was_kept(self) -> bool:
        """True when it was met at the due moment or before."""
        return self.met_at is not None and self.met_at <= self.due_at
