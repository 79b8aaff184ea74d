"""What agents keep beside requests: which belong together, and replies that are being written."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from tickets.models.tickets import Ticket


class TicketLink(models.Model):
    """Two requests that have to do with each other; each goes on by itself. The one with the lower number comes first.

    Made and removed with a row in the audit trail.
    """

    one = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", verbose_name=_("request"))
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", verbose_name=_("linked with"))

    class Meta:
        verbose_name = _("link between requests")
        verbose_name_plural = _("links between requests")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="ticket_link_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="ticket_link_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id}–{self.other_id}"


class ReplyDraft(models.Model):
    """What one agent has written of a reply and not sent yet, so that no ended session loses it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", verbose_name=_("request"))
    author = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", verbose_name=_("author"))
    text = models.TextField(_("text"))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        verbose_name = _("draft of a reply")
        verbose_name_plural = _("drafts of replies")
        constraints = [models.UniqueConstraint(fields=["ticket", "author"], name="reply_draft_once")]
        indexes = [models.Index(fields=["saved_at"], name="reply_draft_age")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.author_id}"
