"""Replies that staff prepare once and use often, and where they were used."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.text import new_code
from tickets.choices import TicketKind
from tickets.models.tickets import Entry
from tickets.querysets.prepared import PreparedReplyQuerySet


class PreparedReply(Translated):
    """A reply of one body, or (the ministry's) of all its bodies, with fields such as ``{reference}`` in its text.

    ``code`` is readable where the reply came with the portal. ``uses`` repeats the number of ``PreparedUse`` rows.
    """

    code = models.SlugField(max_length=40, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="prepared_replies",
        verbose_name=_("body"),
        help_text=_("A prepared reply of the ministry is offered in all its bodies."),
    )
    kinds = ArrayField(models.CharField(max_length=40, choices=TicketKind.choices), default=list, blank=True)
    title = models.CharField(_("title"), max_length=120, help_text=_("What agents choose it by"))
    text = models.TextField(_("text"))
    active = models.BooleanField(_("offered to agents"), default=True)
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects = PreparedReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared reply")
        verbose_name_plural = _("prepared replies")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title or self.title_ar or self.title_en or self.title_zh_hans or self.code


class PreparedUse(models.Model):
    """A prepared reply went into a reply that was sent, changed or not."""

    prepared = models.ForeignKey(PreparedReply, on_delete=models.PROTECT, related_name="used_in")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="made_of")
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("use of a prepared reply")
        verbose_name_plural = _("uses of prepared replies")
        constraints = [models.UniqueConstraint(fields=["entry", "prepared"], name="prepared_use_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.prepared_id}"
