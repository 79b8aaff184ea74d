"""Who is on the list of an organisation, and whose contact somebody is."""

from typing import Any

from newsletter.choices import SubscriptionState
from newsletter.models import MailingList, Subscription
from portal.accounts.choices import Role
from portal.accounts.models import Organisation

SHOWN_STATES = (SubscriptionState.PENDING, SubscriptionState.ACTIVE, SubscriptionState.PAUSED)


def organisations_of(person: Any) -> list[Organisation]:
    """Return the organisations whose contact the person is."""
    found = Organisation.objects.filter(memberships__person=person, memberships__role=Role.CONTACT)
    return list(found.distinct().order_by("pk"))


def is_contact(user: Any) -> bool:
    """Tell whether the user is the contact of any organisation."""
    return user.is_authenticated and user.memberships.filter(role=Role.CONTACT).exists()


def members_of(kept: MailingList) -> Any:
    """Return those on a list who are written to, or are asked whether they want to be."""
    return kept.subscriptions.filter(state__in=SHOWN_STATES).order_by("email", "pk")


def own_subscription(person: Any) -> Subscription | None:
    """Return what is sent to the person's own address."""
    return Subscription.objects.filter(email_key=person.email_key).first()
