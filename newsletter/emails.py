"""What readers are told one by one: each in the language of their subscription."""

from django.urls import reverse
from django.utils import timezone, translation

from newsletter.models import Subscription
from newsletter.rules import token_of
from portal.messaging.emails import render
from portal.messaging.services import post


def tell_to_confirm(subscription: Subscription) -> None:
    """Ask the owner of the mailbox whether they want to be written to; sent once for each asking."""
    _tell(subscription, "confirm", path="newsletter:confirm", key=f"newsletter-confirm-{subscription.salt}")


def tell_welcome(subscription: Subscription) -> None:
    """Say that it is done, and where to change one's mind."""
    _tell(subscription, "welcome", path="newsletter:choices", key=f"newsletter-welcome-{subscription.salt}")


def tell_already(subscription: Subscription) -> None:
    """Tell who is subscribed already where their choices are; at most once a day."""
    key = f"newsletter-already-{subscription.code}-{timezone.localdate():%Y%m%d}"
    _tell(subscription, "already", path="newsletter:choices", key=key)


def _tell(subscription: Subscription, template: str, *, path: str, key: str) -> None:
    language = subscription.language
    token = token_of(subscription.code, subscription.salt)
    with translation.override(language):
        rendered = render(f"newsletter/mail/{template}", language, {"path": reverse(path, args=[token])})
    post(
        subscription.person or subscription.contact,
        address=subscription.email,
        template=f"newsletter/{template}",
        rendered=rendered,
        language=language,
        key=key,
    )
