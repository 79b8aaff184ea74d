"""Who is on the list of an organisation, and whose contact somebody is."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.choices import Frequency, SubscriptionState
from newsletter.models import MailingList, Subscription
from portal.accounts.choices import Role
from portal.accounts.models import Organisation
from portal.registry.notices import Besides

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


def besides(person: Any) -> Besides:
    """Return what somebody is sent, in a sentence, and where they choose it."""
    kept = own_subscription(person)
    if kept is None or kept.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        text, action = _("You are not subscribed."), _("Subscribe")
    else:
        text, action = (
            _STANDINGS[SubscriptionState(kept.state), Frequency(kept.frequency)],
            _("Change what you receive"),
        )
    return Besides(_("Monday newsletter"), str(text), reverse("newsletter:mine"), action)


_STANDINGS = {
    (SubscriptionState.ACTIVE, Frequency.WEEKLY): gettext_lazy("It comes every Monday."),
    (SubscriptionState.ACTIVE, Frequency.MONTHLY): gettext_lazy("It comes on the first Monday of the month."),
    (SubscriptionState.PAUSED, Frequency.WEEKLY): gettext_lazy("It is paused for a while."),
    (SubscriptionState.PAUSED, Frequency.MONTHLY): gettext_lazy("It is paused for a while."),
}
