"""Who was invited to answer, when they were written to, and who wants no such mail.

An invitee is tied to a token's hash, as ``Participation`` is: that it was spent can be seen, and nothing more. No
row here knows answers, or when somebody answered. See docs/decisions/0025.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Contact, Organisation, Person
from portal.mailings.models import Mailing
from portal.text import new_code
from surveys.choices import LeftOut, SendingKind, SendingState
from surveys.models.surveys import Survey
from surveys.querysets.inviting import InviteeQuerySet, InvitingQuerySet


class Sending(models.Model):
    """One round of invitations or reminders: drawn up, looked at by a person, and then sent as a mailing.

    ``audience`` is an entry of the registry ``audiences`` with its ``parameters``; reminders have none, since they go
    to those who were invited. ``frozen_count`` is how many were to be written to when it was drawn up or confirmed.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="sendings", verbose_name=_("survey"))
    kind = models.CharField(_("kind"), max_length=10, choices=SendingKind.choices, default=SendingKind.FIRST)
    audience = models.CharField(_("who is invited"), max_length=40, blank=True)
    parameters = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=SendingState.choices, default=SendingState.DRAWING)
    # Sent without anybody's look: rounds that a person set up once.
    is_automatic = models.BooleanField(default=False)
    frozen_count = models.PositiveIntegerField(_("recipients"), default=0)
    mailing = models.OneToOneField(
        Mailing, on_delete=models.PROTECT, null=True, related_name="survey_sending", verbose_name=_("mailing")
    )
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)

    class Meta:
        verbose_name = _("sending of invitations")
        verbose_name_plural = _("sendings of invitations")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=SendingState.SENT) | Q(mailing__isnull=False, confirmed_at__isnull=False),
                name="survey_sending_has_mailing",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def organisation_id(self) -> int:
        """The body under which the trail keeps it."""
        return self.survey.organisation_id


class Invitee(models.Model):
    """One address that may answer one survey by a link of its own.

    The link's token is reckoned from ``nonce`` with a key of the server when a mail is made, and is kept nowhere;
    ``token_hash`` is its SHA-256. Once the address is forgotten ``nonce`` is empty and no link can be made any more.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="invitees", verbose_name=_("survey"), db_index=False
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="survey_invitees")
    address = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254)
    # As it stands on the suppression list.
    address_hash = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    # What of theirs is asked about, where it follows something they did; empty for invitations.
    occasion = models.CharField(max_length=80, blank=True, default="", db_default="", editable=False)
    nonce = models.CharField(max_length=32, blank=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)

    objects = InviteeQuerySet.as_manager()

    class Meta:
        verbose_name = _("invited person")
        verbose_name_plural = _("invited people")
        constraints = [
            models.UniqueConstraint(fields=["survey", "email_key", "occasion"], name="survey_invitee_once_each"),
            models.CheckConstraint(condition=Q(person=None) | Q(contact=None), name="survey_invitee_one"),
        ]
        indexes = [models.Index(fields=["email_key"], name="survey_invitee_address")]

    def __str__(self) -> str:
        return self.code


class Inviting(models.Model):
    """One invitee in one sending: written to (``at`` is when that was confirmed), or left out and why."""

    id = models.BigAutoField(primary_key=True)
    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="invitings", db_index=False)
    invitee = models.ForeignKey(Invitee, on_delete=models.PROTECT, related_name="invitings")
    left_out = models.CharField(_("left out"), max_length=10, choices=LeftOut.choices, blank=True)
    at = models.DateTimeField(null=True)

    objects = InvitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["sending", "invitee"], name="survey_inviting_once"),
            models.CheckConstraint(condition=Q(at=None) | Q(left_out=""), name="survey_inviting_sent_or_left"),
        ]

    def __str__(self) -> str:
        return f"{self.sending_id}: {self.invitee_id}"


class NoInvitations(models.Model):
    """An address whose owner wants no invitations to surveys, known by its hash alone."""

    address_hash = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("address without invitations")
        verbose_name_plural = _("addresses without invitations")

    def __str__(self) -> str:
        return self.address_hash[:12]


class AddressList(models.Model):
    """Addresses that staff pasted or brought in a file, with the consent that somebody states for them.

    The addresses go once they are drawn up as invitees; the statement stays.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("body"))
    stated_by = models.CharField(_("who states the consent"), max_length=150)
    stated_from = models.CharField(_("where it was given"), max_length=300)
    stated_on = models.DateField(_("when it was given"))
    row_count = models.PositiveIntegerField(_("addresses"), default=0)
    # Rows that hold no address, or one that came before.
    refused_count = models.PositiveIntegerField(_("rows that were left out"), default=0)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("list of addresses")
        verbose_name_plural = _("lists of addresses")

    def __str__(self) -> str:
        return self.code


class ListedAddress(models.Model):
    """One address of a list that is not drawn up yet."""

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey(AddressList, on_delete=models.CASCADE, related_name="rows", db_index=False)
    email = models.CharField(max_length=254)
    email_key = models.CharField(max_length=254)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)

    class Meta:
        verbose_name = _("address of a list")
        verbose_name_plural = _("addresses of lists")
        constraints = [models.UniqueConstraint(fields=["parent", "email_key"], name="survey_listed_once")]

    def __str__(self) -> str:
        return self.email
