"""Alarms of canaries: readers of ours, one for each language, whose copy has to arrive."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.choices import Silence
from portal.accounts.models import Organisation
from portal.mailings.models import Mailing


class CanaryAlarm(models.Model):
    """A copy that did not arrive in time; it settles itself when the copy arrives after all."""

    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="+", verbose_name=_("mailing"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("body"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    reason = models.CharField(_("reason"), max_length=10, choices=Silence.choices)
    raised_at = models.DateTimeField(_("raised"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)

    class Meta:
        verbose_name = _("alarm of a canary")
        verbose_name_plural = _("alarms of canaries")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["mailing", "language"], name="canary_alarm_once")]
        indexes = [models.Index(fields=["raised_at"], condition=models.Q(settled_at=None), name="canary_alarm_open")]

    def __str__(self) -> str:
        return f"{self.mailing}: {self.get_language_display()}"

    @property
    def code(self) -> str:
        """What the trail names it by."""
        return f"{self.mailing.code}-{self.language}"
