"""The outbox."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Contact, Person
from portal.ledgers import Ledger
from portal.messaging.choices import MessageState
from portal.messaging.querysets import MessageQuerySet
from portal.text import new_code


class Message(models.Model):
    """One message to one recipient, written in the business transaction: what is committed will be sent.

    ``key`` makes it unique where the caller needs “once, whatever fails”. Text and HTML are rendered when it is
    written, in the recipient's language.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="messages")
    address = models.EmailField(_("to"), max_length=254)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    template = models.CharField(_("template"), max_length=100)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    reply_to = models.EmailField(_("reply to"), max_length=254, blank=True)
    key = models.CharField(max_length=120, unique=True, null=True)
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["queued", "claimed"]), name="message_due"),
            models.Index(fields=["person", "-created_at"], name="message_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(contact=None), name="message_one_recipient"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} → {self.address}"


class Attempt(Ledger):
    """One try to hand a message to the relay, with what the relay said. Ids are plain: the message may be erased."""

    message_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now, editable=False)
    outcome = models.CharField(max_length=12, choices=MessageState.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        indexes = [models.Index(fields=["message_id"], name="attempt_message")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.outcome}"
