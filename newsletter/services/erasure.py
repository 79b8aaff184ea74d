"""Forgetting a person."""

from newsletter.models import Subscription
from newsletter.services.subscribing import erase
from portal.accounts.models import Person


def erase_subscriptions_of(person: Person) -> None:
    """Erase what is sent to a person's address, whether they asked for it signed in or not."""
    for subscription in Subscription.objects.filter(email_key=person.email_key):
        erase(subscription)
