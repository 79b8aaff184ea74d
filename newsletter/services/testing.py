"""Sending an issue to oneself, as a reader would get it: it counts as no copy of the issue."""

from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from newsletter.models import Issue, Subscription
from newsletter.rules import may_see, token_of
from newsletter.selectors.rendering import edition_of
from newsletter.services.subscribing import PURPOSE
from portal.accounts.models import Person
from portal.audit.models import Entry
from portal.audit.services import record
from portal.mailings.emails import Letter, Mould
from portal.mailings.models import Edition, Mailing
from portal.text import new_code

# Tests that one person may send within an hour.
MOST = 10


class TestRefused(Exception):
    """``reason``: ``limit``, ``forbidden``, or ``relay`` with what the relay said as ``detail``."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def test_message(issue: Issue, person: Person, language: str) -> bytes:
    """Return the bytes of an edition as this person would get it, its subject marked as a test.

    The links of its foot are those of their own subscription; who has none gets ones that open nothing.
    """
    blocks = list(issue.blocks.select_related("image").prefetch_related("links"))
    mail = edition_of(issue, blocks, language).mail
    with translation.override(language):
        subject = _("Test: %(subject)s") % {"subject": mail.subject}
    whole = Edition(
        mailing=Mailing(purpose=PURPOSE), language=language, subject=subject, text=mail.text, html=mail.html
    )
    return Mould(whole).fill(
        address=person.email, message_id=f"test.{issue.code}.{new_code(16)}", token=_token_of(person)
    )


def _token_of(person: Person) -> str:
    own = Subscription.objects.filter(email_key=person.email_key).first()
    return token_of(own.code, own.salt) if own else token_of("sample2345", "")


def send_test(issue: Issue, *, by: Person, language: str) -> None:
    """Send one edition to the person who asks for it, at once; raises ``TestRefused``."""
    if not may_see(by, issue):
        raise TestRefused("forbidden")
    if _sent_lately(by) >= MOST:
        raise TestRefused("limit")
    record("issue.tested", issue, by=by, data={"language": language})
    letter = Letter(test_message(issue, by, language), sender=parseaddr(settings.DEFAULT_FROM_EMAIL)[1], to=by.email)
    try:
        get_connection().send_messages([letter])
    except (SMTPException, OSError, ValueError) as error:
        raise TestRefused("relay", str(error)) from error


def _sent_lately(person: Person) -> int:
    lately = timezone.now() - timedelta(hours=1)
    return Entry.objects.filter(action="issue.tested", actor_id=person.pk, at__gte=lately).count()
