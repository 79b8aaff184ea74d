"""The audit trail."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.querysets import EntryQuerySet
from portal.ledgers import Ledger


class Entry(Ledger):
    """One act. Ids are plain numbers and codes, so that the trail outlives what it speaks of."""

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    action = models.CharField(_("action"), max_length=60)
    actor_id = models.BigIntegerField(_("person"), null=True)
    target_kind = models.CharField(_("kind"), max_length=60)
    target_key = models.CharField(_("key"), max_length=60)
    organisation_id = models.BigIntegerField(_("body"), null=True)
    data = models.JSONField(_("details"), default=dict)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_kind", "target_key", "-id"], name="audit_target"),
            models.Index(fields=["organisation_id", "-id"], name="audit_organisation"),
            models.Index(fields=["action", "-id"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind} {self.target_key}"
