"""What staff do for readers who ask for it otherwise than by their link; it stands in the trail as well."""

from django.db import transaction

from newsletter.choices import SUBSCRIPTION_MOVES, Source, SubscriptionState
from newsletter.models import Subscription
from newsletter.services.subscribing import SubscriptionRefused, erase, leave, locked
from portal.accounts.models import Person
from portal.audit.services import record


@transaction.atomic
def leave_on_request(subscription: Subscription, *, by: Person, reason: str) -> Subscription:
    """Unsubscribe a reader who asked for it. Raises ``SubscriptionRefused`` where there is nothing to leave."""
    subscription = locked(subscription)
    if SubscriptionState.LEFT not in SUBSCRIPTION_MOVES[SubscriptionState(subscription.state)]:
        raise SubscriptionRefused("state")
    record("subscription.unsubscribed", subscription, by=by)
    return leave(subscription, source=Source.STAFF, by=by, reason=reason)


@transaction.atomic
def erase_on_request(subscription: Subscription, *, by: Person) -> None:
    """Forget the address of a reader who asked for it. Raises ``SubscriptionRefused`` where it is forgotten."""
    subscription = locked(subscription)
    if subscription.state == SubscriptionState.ERASED:
        raise SubscriptionRefused("state")
    record("subscription.erased", subscription, by=by)
    erase(subscription)
