"""A purpose to write for, an audience, and a real relay."""

import inspect
import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.db.models import BigIntegerField, F, Value
from django.db.models.functions import Cast
from django.utils import timezone

from portal import registry
from portal.accounts.models import Contact
from portal.mailings.choices import MailingState
from portal.mailings.emails import PERSONAL_SLOT, TOKEN_SLOT
from portal.mailings.models import Mailing
from portal.mailings.services import freezing
from portal.messaging.emails import Rendered
from tests.factories import ContactFactory, OrganisationFactory

PURPOSE = "tests"


class Relay:
    """Refuses by recipient: the local part says with which code. ``on_data`` is called before a message is taken.

    A string that it returns is the answer, and the message is not taken; ``drop`` ends the session without an answer.
    """

    def __init__(self):
        self.taken = []
        self.on_data = None
        self.takes_commands_together = True

    @property
    def recipients(self):
        return [envelope.rcpt_tos[0] for envelope in self.taken]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        more = ["250-PIPELINING"] if self.takes_commands_together else []
        return [*responses[:-1], *more, responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = address.partition("@")[0]
        if code[:3].isdigit():
            return f"{code[:3]} refused"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        said = self.on_data(envelope) if self.on_data else None
        if inspect.isawaitable(said):
            # Others are served meanwhile.
            said = await said
        if said == "drop":
            server.transport.abort()
            return "250 OK"
        if said:
            return said
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def relay(settings):
    """A real SMTP server on the loopback."""
    handler = Relay()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.BULK_CONNECTIONS = 1
    yield handler
    controller.stop()


def register():
    """Offer the tests' purpose in a program of its own."""
    registry.mailings.register(PURPOSE, purpose_telling([]))


def _tokens(deliveries):
    return {one.pk: f"secret-{one.member}" for one in deliveries if not one.member.startswith("stranger")}


def purpose_telling(told):
    return registry.MailingPurpose(
        label="Tests",
        list_id="tests",
        leave_path=lambda language: f"/{language}/leave/{TOKEN_SLOT}/",
        tokens=_tokens,
        ended=lambda member, reason: told.append((member, reason)),
    )


@pytest.fixture
def ended(monkeypatch):
    """Register a purpose; return whom it was told not to write to any more."""
    told = []
    monkeypatch.setitem(registry.mailings._entries, PURPOSE, purpose_telling(told))
    return told


def edition(language="en"):
    return Rendered(
        subject="نشرة الاثنين" if language == "ar" else "The Monday newsletter",
        text=f"Hello.\n\n{PERSONAL_SLOT}\n\nLeave: https://sawt.example/leave/{TOKEN_SLOT}/\n",
        html=f'<p>Hello.</p>{PERSONAL_SLOT}<p><a href="https://sawt.example/leave/{TOKEN_SLOT}/">Leave</a></p>',
    )


def audience(*addresses, language="en"):
    """Return guests as an audience, one for each address."""
    for address in addresses:
        ContactFactory(email=address, language=language)
    return audience_of(Contact.objects.order_by("pk"))


def audience_of(contacts):
    nobody = Cast(Value(None), BigIntegerField())
    return contacts.annotate(person_id=nobody, contact_id=F("pk"), member=F("email"), address=F("email"))


def prepared(key="tests/1", languages=("ar", "en"), **more):
    now = timezone.now()
    return freezing.prepare(
        key,
        purpose=PURPOSE,
        title="The Monday newsletter",
        organisation=more.pop("organisation", None) or OrganisationFactory(),
        editions={language: edition(language) for language in languages},
        start_at=more.pop("start_at", now - timedelta(minutes=1)),
        not_after=more.pop("not_after", now + timedelta(hours=6)),
        **more,
    )


def sending(*addresses, **more):
    """Return a mailing on its way to these addresses, of which nothing is sent yet."""
    mailing = prepared(**more)
    freezing.freeze(mailing, audience(*addresses))
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.SENDING, started_at=timezone.now())
    mailing.refresh_from_db()
    return mailing
