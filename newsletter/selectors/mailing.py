"""What the sender of mailings asks of the newsletter."""

from typing import Any

from django.urls import reverse
from django.utils import translation

from newsletter.models import Subscription
from newsletter.rules import token_of
from portal.mailings.emails import TOKEN_SLOT


def leave_path(language: str) -> str:
    """Return the path of the one-click header, with the slot for the token."""
    with translation.override(language):
        return reverse("newsletter:leave", args=[TOKEN_SLOT])


def tokens(deliveries: list[Any]) -> dict[int, str]:
    """Return the token of each delivery's subscription; those that are gone have none."""
    members = [one.member for one in deliveries]
    salts = dict(Subscription.objects.filter(code__in=members).values_list("code", "salt"))
    return {one.pk: token_of(one.member, salts[one.member]) for one in deliveries if one.member in salts}
