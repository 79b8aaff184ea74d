"""What came in by mail or from a number, as it came: kept before anything is made of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.text import new_code
from tickets.choices import Channel, IncomingState, Why
from tickets.models.tickets import Entry, Ticket
from tickets.querysets.incoming import IncomingQuerySet


def raw_path(instance: "Incoming", filename: str) -> str:
    """Return a storage name that tells nothing of what is in it."""
    code = new_code(24)
    return f"incoming/{code[:2]}/{code}"


class Incoming(models.Model):
    """One message from outside, with its raw bytes.

    ``sha256`` is that of the raw bytes: the same is never kept twice. ``identity`` is the same for copies of one
    message that came by different ways. ``sender`` is what the message claims: proven by nothing. ``ticket`` is the
    request it became part of or, while it is held back, the one that it answers.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    channel = models.CharField(_("came by"), max_length=10, choices=Channel.choices)
    raw = models.FileField(upload_to=raw_path, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    is_whole = models.BooleanField(default=True, editable=False)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    identity = models.CharField(max_length=64, blank=True, editable=False)
    message_id = models.CharField(max_length=250, blank=True, editable=False)
    sender = models.CharField(_("sender"), max_length=254, blank=True)
    # The mailbox behind the address, as far as it can be told: limits count by it.
    sender_key = models.CharField(max_length=254, blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=IncomingState.choices, default=IncomingState.NEW)
    why = models.CharField(_("reason"), max_length=12, choices=Why.choices, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("body")
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, related_name="incoming", verbose_name=_("request")
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="incoming")
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("decided"), null=True, editable=False)
    acknowledged_at = models.DateTimeField(null=True, editable=False)

    objects = IncomingQuerySet.as_manager()

    class Meta:
        verbose_name = _("message from outside")
        verbose_name_plural = _("messages from outside")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="new"), name="incoming_new"),
            models.Index(
                fields=["organisation", "received_at"],
                condition=models.Q(state__in=["held", "failed"]),
                name="incoming_to_decide",
            ),
            models.Index(fields=["sender_key", "received_at"], name="incoming_sender"),
            models.Index(fields=["identity"], condition=~models.Q(identity=""), name="incoming_identity"),
            models.Index(fields=["ticket", "received_at"], name="incoming_ticket"),
            models.Index(fields=["state", "received_at"], name="incoming_state"),
        ]

    def __str__(self) -> str:
        return self.subject or self.code

    @property
    def is_mail(self) -> bool:
        """True for what came by e-mail."""
        return self.channel == Channel.EMAIL

    @property
    def to_decide(self) -> bool:
        """True while staff have to say what becomes of it."""
        return self.state in (IncomingState.HELD, IncomingState.FAILED)
