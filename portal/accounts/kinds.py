"""What the app offers to the registries."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import AddressChange, Person
from portal.accounts.services import factors
from portal.registry import PersonalData


def _account(person: Person) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=person).order_by("pk")
    return {
        "code": person.code,
        "email": person.email,
        "display_name": person.display_name,
        "full_name": person.full_name,
        "language": person.language,
        "kind": person.kind,
        "verification": person.verification,
        "since": person.date_joined,
        "last_sign_in": person.last_login,
        "addresses": list(addresses.values("email", "verified", "primary")),
        "memberships": list(person.memberships.order_by("pk").values("organisation__code", "role")),
    }


# The account itself is erased by the service that walks the registry.
personal_data = PersonalData(label=_("Account"), export=_account)


def _signing_in(person: Person) -> dict[str, Any]:
    """Secrets of factors are left out: they are of use to thieves alone."""
    sessions = person.open_sessions.order_by("pk")
    return {
        "second_factors": list(
            Authenticator.objects.filter(user=person).order_by("pk").values("type", "created_at", "last_used_at")
        ),
        "sessions": list(sessions.values("browser", "system", "signed_in_at", "last_seen_at")),
        "change_of_address": list(AddressChange.objects.filter(person=person).values("address", "asked_at")),
    }


signing_in = PersonalData(label=_("Signing in"), export=_signing_in, erase=factors.erase)
