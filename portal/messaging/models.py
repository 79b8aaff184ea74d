"""The outbox, and how each way of sending and receiving stands."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Contact, Person
from portal.ledgers import Ledger
from portal.messaging.choices import MessageState, Way
from portal.messaging.querysets import MessageQuerySet
from portal.text import new_code


class Message(models.Model):
    """One message to one recipient, written in the business transaction: what is committed will be sent.

    ``key`` makes it unique where the caller needs “once, whatever fails”. Text and HTML are rendered when it is
    written, in the recipient's language. One that goes to a number has ``phone`` instead of ``address``, and no HTML.
    ``headers`` stand in a mail beside, or in place of, those that every mail has.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="messages")
    way = models.CharField(_("goes by"), max_length=10, choices=Way.choices, default=Way.EMAIL, db_default=Way.EMAIL)
    address = models.EmailField(_("to"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    template = models.CharField(_("template"), max_length=100)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    reply_to = models.EmailField(_("reply to"), max_length=254, blank=True)
    headers = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
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
            models.Index(fields=["phone", "created_at"], condition=~models.Q(phone=""), name="message_phone"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(contact=None), name="message_one_recipient"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} → {self.address or self.phone}"


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


class WayState(models.Model):
    """How one way stands: when it was last tried and last worked, and who holds its mailbox at this moment.

    ``held_until`` is a lease: two workers never read one mailbox, and one that is killed gives it back by its end.
    """

    way = models.CharField(_("goes by"), max_length=10, choices=Way.choices, unique=True)
    tried_at = models.DateTimeField(_("last asked"), null=True)
    fetched_at = models.DateTimeField(_("last read"), null=True)
    sent_at = models.DateTimeField(_("last sent"), null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("state of a channel")
        verbose_name_plural = _("states of channels")

    def __str__(self) -> str:
        return self.way
