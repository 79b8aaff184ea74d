"""What the newsletter holds of one person."""

from typing import Any

from newsletter.models import Consent, Subscription
from portal.accounts.models import Person


def subscriptions_of(person: Person) -> list[dict[str, Any]]:
    """Return a person's subscriptions with their record of consent, the first act first."""
    return [_exported(one) for one in Subscription.objects.filter(email_key=person.email_key)]


def _exported(subscription: Subscription) -> dict[str, Any]:
    acts = Consent.objects.filter(subscription_id=subscription.pk).order_by("pk")
    return {
        "email": subscription.email,
        "language": subscription.language,
        "frequency": subscription.frequency,
        "state": subscription.state,
        "lists": list(subscription.lists.values_list("code", flat=True)),
        "consent": list(acts.values("act", "source", "text_version", "language", "choices", "at")),
    }
