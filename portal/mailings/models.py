"""Mailings: one text in several editions to many people, with a record for each of them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Contact, Organisation, Person
from portal.ledgers import Ledger
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.querysets import DeliveryQuerySet, MailingQuerySet
from portal.text import new_code


class Mailing(models.Model):
    """One sending to a frozen set of recipients.

    ``key`` is what may go out only once (“newsletter/2026-W48”). Nothing is sent before ``start_at`` and nothing
    begins after ``not_after``: a mailing that was held up so long waits for a person.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    key = models.CharField(max_length=80, unique=True, editable=False)
    # An entry of the registry ``mailings``: how its recipients leave, and what each of them is told besides.
    purpose = models.CharField(_("purpose"), max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=150)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="mailings", verbose_name=_("body")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=MailingState.choices, default=MailingState.PREPARED, editable=False
    )
    start_at = models.DateTimeField(_("goes out"))
    not_after = models.DateTimeField(_("not after"))
    frozen_at = models.DateTimeField(_("recipients frozen"), null=True, editable=False)
    frozen_count = models.PositiveIntegerField(_("recipients"), default=0, editable=False)
    started_at = models.DateTimeField(_("began"), null=True, editable=False)
    finished_at = models.DateTimeField(_("ended"), null=True, editable=False)
    # Until when one sender has it for itself.
    held_until = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("prepared"), default=timezone.now, editable=False)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(not_after__gt=models.F("start_at")), name="mailing_span")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def late_by(self) -> timedelta:
        """How long after its time it began; nothing while it has not."""
        return max(self.started_at - self.start_at, timedelta()) if self.started_at else timedelta()


class Edition(models.Model):
    """The mailing in one language, with the slots into which each recipient's part is put."""

    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="editions", verbose_name=_("mailing"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [models.UniqueConstraint(fields=["mailing", "language"], name="edition_once")]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """One recipient's copy, and how it stands.

    ``begun_at`` is set, and committed, before the relay is spoken to: a copy that has it without an outcome was in
    flight when its sender ended, and ``doubts`` counts how often that was. ``member`` is the public code under which
    the sender of the mailing knows the recipient.
    """

    id = models.BigAutoField(primary_key=True)
    # Each index costs every copy twice: where another one begins with the same column there is none beside it.
    mailing = models.ForeignKey(
        Mailing, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("mailing"), db_index=False
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    member = models.CharField(max_length=16)
    address = models.CharField(_("to"), max_length=254)
    email_key = models.CharField(max_length=254)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    detail = models.CharField(_("said by the relay"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    doubts = models.PositiveSmallIntegerField(_("may have been sent twice"), default=0)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            # Each address once in a mailing, whatever fails.
            models.UniqueConstraint(fields=["mailing", "email_key"], name="delivery_once"),
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(contact=None), name="delivery_one_recipient"
            ),
        ]
        indexes = [
            models.Index(
                fields=["mailing", "due_at"],
                condition=models.Q(state__in=["queued", "claimed", "deferred"]),
                name="delivery_due",
            ),
            models.Index(fields=["mailing", "state"], name="delivery_state"),
            models.Index(fields=["email_key"], name="delivery_address"),
            models.Index(fields=["person"], condition=models.Q(person__isnull=False), name="delivery_person"),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} → {self.address}"


class DeliveryEvent(Ledger):
    """What happened to one copy, and when. Ids are plain: addresses may be erased, the record stays."""

    mailing_id = models.BigIntegerField()
    delivery_id = models.BigIntegerField()
    outcome = models.CharField(max_length=10, choices=DeliveryState.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("event of a delivery")
        verbose_name_plural = _("events of deliveries")
        indexes = [models.Index(fields=["delivery_id"], name="event_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.outcome}"


class Arrival(models.Model):
    """A copy that reached a mailbox which we read ourselves: proof that mail arrives."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="arrival")
    at = models.DateTimeField(_("arrived"), default=timezone.now)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")

    def __str__(self) -> str:
        return str(self.delivery_id)


class Suppression(models.Model):
    """An address that no mailing is sent to any more, known by its hash alone."""

    address_hash = models.CharField(max_length=64, unique=True, editable=False)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    since = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppression list")

    def __str__(self) -> str:
        return self.address_hash[:12]

    @property
    def code(self) -> str:
        """What the trail names it by."""
        return self.address_hash[:12]
