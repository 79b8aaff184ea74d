"""Who is written to, and what they are sent."""

from newsletter.models.issues import Block, EditionPage, Issue, Link
from newsletter.models.subscriptions import Consent, MailingList, Subscription

__all__ = ["Block", "Consent", "EditionPage", "Issue", "Link", "MailingList", "Subscription"]
