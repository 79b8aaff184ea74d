"""Who is written to, and what they are sent."""

from newsletter.models.imports import Import, ImportRow
from newsletter.models.issues import Block, CountedLink, EditionPage, Issue, Link
from newsletter.models.subscriptions import Consent, MailingList, Subscription
from newsletter.models.watching import CanaryAlarm

__all__ = [
    "Block",
    "CanaryAlarm",
    "Consent",
    "CountedLink",
    "EditionPage",
    "Import",
    "ImportRow",
    "Issue",
    "Link",
    "MailingList",
    "Subscription",
]
