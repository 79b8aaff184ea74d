"""People, contacts, organisations, teams and memberships."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import Browser, OrganisationKind, ParticipantKind, Role, System, Verification
from portal.accounts.querysets import OrganisationQuerySet, PersonManager, email_key
from portal.text import new_code


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account. Erased people stay as a tombstone, so that ledgers keep their ids."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=60)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    kind = models.CharField(
        _("takes part as"), max_length=12, choices=ParticipantKind.choices, default=ParticipantKind.INDIVIDUAL
    )
    verification = models.CharField(
        _("verification"), max_length=12, choices=Verification.choices, default=Verification.NONE
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    date_joined = models.DateTimeField(_("here since"), default=timezone.now, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.public_name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Keep the canonical address beside the address, also where only the address is written."""
        self.email_key = email_key(self.email)
        if update_fields is not None and "email" in update_fields:
            update_fields = {*update_fields, "email_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def public_name(self) -> str:
        """The name shown beside what the person wrote; an erased person has none of their own."""
        return gettext("A former participant") if self.erased_at else self.display_name

    @property
    def is_verified(self) -> bool:
        """True when more than an e-mail address is known of the person."""
        return self.verification == Verification.IDENTITY


class Contact(models.Model):
    """A guest who left an address: told things, without an account."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    display_name = models.CharField(_("name"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    created_at = models.DateTimeField(_("stored"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        return self.display_name or self.email

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the canonical address beside the address."""
        self.email_key = email_key(self.email)
        super().save(*args, **kwargs)


class Organisation(models.Model):
    """The ministry, a body of it, or an organisation that takes part."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=150)
    about = models.TextField(_("about"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=OrganisationKind.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["id"]
        # A role in the ministry holds everywhere: a second one, or one that is part of a body, would open the portal.
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind=OrganisationKind.MINISTRY),
                name="one_ministry",
                violation_error_message=_("There is a ministry already, and there can be only one."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=OrganisationKind.MINISTRY) | models.Q(parent=None),
                name="ministry_is_part_of_nothing",
                violation_error_message=_("The ministry is part of no other organisation."),
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="organisation_is_no_part_of_itself",
                violation_error_message=_("An organisation cannot be part of itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Team(models.Model):
    """People of one organisation who share work."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="teams", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=100)
    lead = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead")
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Membership(models.Model):
    """A role that a person holds in an organisation. A role in the ministry holds in all its bodies."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("team")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_role_display()} · {self.organisation}"


class OpenSession(models.Model):
    """A device on which a person is signed in. Neither address nor place is kept, of the browser only its name."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="open_sessions", verbose_name=_("person"), editable=False
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(max_length=12, choices=Browser.choices, default=Browser.OTHER, editable=False)
    system = models.CharField(max_length=12, choices=System.choices, default=System.OTHER, editable=False)
    signed_in_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("open session")
        verbose_name_plural = _("open sessions")

    def __str__(self) -> str:
        return gettext("%(browser)s on %(system)s") % {
            "browser": self.get_browser_display(),
            "system": self.get_system_display(),
        }


class AddressChange(models.Model):
    """A new address that waits for both mailboxes; the row is gone once the change is made, stopped or too old.

    Of the links only hashes are kept. One whose address has an account already waits for ever: nobody gets its link.
    """

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, related_name="address_change", verbose_name=_("person"), editable=False
    )
    address = models.EmailField(_("new e-mail address"), max_length=254, editable=False)
    new_hash = models.CharField(max_length=64, unique=True, editable=False)
    old_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")

    def __str__(self) -> str:
        return f"{self.person} · {self.asked_at:%Y-%m-%d}"
