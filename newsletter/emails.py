"""What readers are told one by one, each in the language of their subscription; and what staff are told of issues."""

from typing import Any

from django.urls import reverse
from django.utils import timezone, translation

from newsletter.models import Issue, Subscription
from newsletter.rules import token_of
from portal.accounts.models import Person
from portal.messaging.emails import render
from portal.messaging.services import notify, post


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
        rendered = render(
            f"newsletter/mail/{template}",
            language,
            {"path": reverse(path, args=[token]), "frequency": subscription.frequency},
        )
    post(
        subscription.person or subscription.contact,
        address=subscription.email,
        template=f"newsletter/{template}",
        rendered=rendered,
        language=language,
        key=key,
    )


def tell_to_approve(person: Person, issue: Issue) -> None:
    """Tell somebody that an issue waits for their approval; once for each time it is submitted."""
    _tell_staff(
        person, issue, "to_approve", key=f"issue-submitted-{issue.pk}-{issue.submitted_at.timestamp():.0f}-{person.pk}"
    )


def tell_returned(person: Person, issue: Issue) -> None:
    """Tell the writer that an issue came back, and why."""
    _tell_staff(person, issue, "returned", note=issue.return_note)


def tell_unapproved(person: Person, issue: Issue) -> None:
    """Tell somebody responsible, once, that nothing goes out on Monday unless the issue is approved."""
    _tell_staff(person, issue, "unapproved", key=f"issue-unapproved-{issue.pk}-{person.pk}")


def _tell_staff(person: Person, issue: Issue, template: str, *, key: str | None = None, **words: Any) -> None:
    with translation.override(person.language):
        context = {"issue": str(issue), "start_at": issue.start_at, "path": staff_path(issue), **words}
        notify(person, f"newsletter/{template}", context=context, key=key)


def staff_path(issue: Issue) -> str:
    """Return the address at which staff write an issue, in the active language."""
    return reverse("admin:newsletter_issue_change", args=[issue.pk])
