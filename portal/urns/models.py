"""Urns, and what waits in them.

See docs/decisions/0024. Nothing here is in the admin: staging is nobody's business but the mixer's.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Urn(models.Model):
    """Takes sealed contents for one survey or vote; ``owner`` is the key of who opens them, in ``registry.urns``."""

    owner = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    is_closed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("urn")
        verbose_name_plural = _("urns")
        constraints = [models.UniqueConstraint(fields=["owner", "code"], name="urn_once")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.code}"


class Sealed(models.Model):
    """A content in staging, from the transaction that accepted it to the one that moves it. It knows no time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    urn = models.ForeignKey(Urn, on_delete=models.PROTECT, related_name="sealed", verbose_name=_("urn"))
    content = models.BinaryField()

    class Meta:
        verbose_name = _("sealed content")
        verbose_name_plural = _("sealed contents")

    def __str__(self) -> str:
        return str(self.pk)
