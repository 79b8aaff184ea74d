"""Lists, subscriptions, and the record of consent."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.choices import ConsentAct, Frequency, Source, SubscriptionState
from newsletter.querysets.subscriptions import SubscriptionQuerySet
from portal.accounts.models import Contact, Organisation, Person
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.text import new_code


class MailingList(Translated):
    """Whom an issue goes to. ``members_of`` is the organisation whose contact keeps the list; None: open to all."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    about = models.CharField(_("about"), max_length=300, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="mailing_lists", verbose_name=_("body")
    )
    members_of = models.OneToOneField(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="own_mailing_list",
        verbose_name=_("list of the organisation"),
    )
    is_open = models.BooleanField(_("anybody may subscribe"), default=True)

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.code


class Subscription(models.Model):
    """One address that is written to, or was.

    ``code`` and ``salt`` make the secret link of the preference page and of the one-click header; a new salt makes
    earlier links useless. A person's and a guest's subscription differ in nothing but whom they belong to.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    salt = models.CharField(max_length=16, default=new_code, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions")
    email = models.EmailField(_("e-mail"), max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("organisation"),
    )
    lists = models.ManyToManyField(MailingList, related_name="subscriptions", verbose_name=_("lists"))
    frequency = models.CharField(_("how often"), max_length=8, choices=Frequency.choices, default=Frequency.WEEKLY)
    state = models.CharField(
        _("state"), max_length=8, choices=SubscriptionState.choices, default=SubscriptionState.PENDING
    )
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    # A copy for it is expected to arrive: see the health of channels.
    is_canary = models.BooleanField(_("watches whether mail arrives"), default=False)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(contact=None), name="subscription_one_reader"
            ),
            # Nobody is written to who has not confirmed, or for whom nobody answered.
            models.CheckConstraint(
                condition=~models.Q(state__in=["active", "paused"]) | models.Q(confirmed_at__isnull=False),
                name="subscription_confirmed",
            ),
        ]
        indexes = [
            models.Index(fields=["language"], condition=models.Q(state="active"), name="subscription_active"),
            models.Index(fields=["state", "created_at"], name="subscription_state"),
        ]

    def __str__(self) -> str:
        return self.email


class Consent(Ledger):
    """One thing that was said or done about a subscription: which words were agreed to, when, and where from.

    Ids are plain, and the address stands here as its hash alone: the record outlives the erasure.
    """

    subscription_id = models.BigIntegerField()
    address_hash = models.CharField(max_length=64)
    act = models.CharField(max_length=10, choices=ConsentAct.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    # Which version of which words stood beside the button, and in which language.
    text_version = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    # Lists, frequency and the like as they were from then on; for an import who stated the consent, and from where.
    choices = models.JSONField(default=dict)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("record of consent")
        verbose_name_plural = _("records of consent")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subscription_id", "id"], name="consent_of")]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.act}"
