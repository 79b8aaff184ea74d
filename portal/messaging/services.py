"""Telling people something: the outbox is written here, and emptied here."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import Contact, Person
from portal.celery import enqueue
from portal.messaging.choices import UNSENT_STATES, MessageState
from portal.messaging.emails import Rendered, compose, render
from portal.messaging.models import Attempt, Message

logger = logging.getLogger("sawt.messaging")

Recipient = Person | Contact

BATCH = 100
LEASE = timedelta(minutes=5)
# Longer than one message can take, so that nobody else sends what this sender still holds.
LEASE_MARGIN = timedelta(minutes=1)
# How long after each failed try the next follows; the last try is the tenth, after two days.
BACKOFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 720, 1440)]
MAX_ATTEMPTS = len(BACKOFF) + 1
ERROR_LENGTH = 300
# Their text opens an account or a request to whoever reads it, so it is kept no longer than until it is sent.
SECRET_TEMPLATES = ("account/", "tickets/")


def notify(
    recipient: Recipient,
    template: str,
    *,
    context: dict[str, Any],
    key: str | None = None,
    reply_to: str = "",
    language: str = "",
) -> Message | None:
    """Write one message to the outbox, in the caller's transaction and the recipient's language.

    ``language`` is that of a conversation, where it was begun in another one than the recipient's own.

    ``template`` “moderation/decision” stands for ``templates/moderation/mail/decision.subject.txt``, ``.txt`` and
    ``.html``, which get the context and ``recipient``. With a ``key`` the message is written once, whoever asks
    again or at the same time; the first is returned. None when the recipient is erased or may not sign in.
    """
    if isinstance(recipient, Person) and not recipient.is_active:
        return None
    app, _, name = template.partition("/")
    language = language or recipient.language
    return post(
        recipient,
        address=recipient.email,
        template=template,
        rendered=render(f"{app}/mail/{name}", language, {**context, "recipient": recipient}),
        language=language,
        key=key,
        reply_to=reply_to,
    )


def post(
    recipient: Recipient | None,
    *,
    address: str,
    template: str,
    rendered: Rendered,
    language: str,
    key: str | None = None,
    reply_to: str = "",
) -> Message:
    """Write a rendered message to the outbox; without a recipient it goes to an address nobody has an account for."""
    message = Message(
        person=recipient if isinstance(recipient, Person) else None,
        contact=recipient if isinstance(recipient, Contact) else None,
        address=address,
        language=language,
        template=template,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        reply_to=reply_to,
        key=key,
    )
    try:
        # In a savepoint, so that the caller's transaction goes on when another was first with the key.
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        first = Message.objects.filter(key=key).first() if key else None
        if first is None:
            raise
        return first
    enqueue("messaging.deliver_due")
    return message


@dataclass(frozen=True)
class Refusal:
    """Why a message was not taken. A temporary one is tried again."""

    detail: str
    is_temporary: bool


def deliver_due() -> int:
    """Send what is due, at most one batch; return how many messages were claimed.

    Each outcome is committed by itself: after a kill at most one message is sent twice, with the same Message-ID.
    """
    messages, until = _claim()
    connection = get_connection()
    for position, message in enumerate(messages):
        if timezone.now() > until - LEASE_MARGIN:
            _give_back(messages[position:], error="")
            break
        try:
            connection.open()
        except (OSError, SMTPException) as error:
            # The relay is away, or refuses us: no message is to blame, and none uses up a try.
            logger.warning("The mail relay cannot be reached: %s", error)
            _give_back(messages[position:], error=str(error))
            break
        _settle(message, _send(connection, message))
    connection.close()
    if len(messages) == BATCH:
        enqueue("messaging.deliver_due")
    return len(messages)


@transaction.atomic
def _claim() -> tuple[list[Message], datetime]:
    now = timezone.now()
    until = now + LEASE
    due = Message.objects.due(now).select_for_update(skip_locked=True, no_key=True)
    messages = list(due.order_by("due_at", "pk")[:BATCH])
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=MessageState.CLAIMED, claimed_until=until
    )
    return messages, until


def _give_back(messages: list[Message], *, error: str) -> None:
    """Put claimed messages back: at once where only time ran out, in a minute where the relay was away."""
    wait = timedelta(minutes=1) if error else timedelta()
    Message.objects.filter(pk__in=[message.pk for message in messages], state=MessageState.CLAIMED).update(
        state=MessageState.QUEUED, claimed_until=None, due_at=timezone.now() + wait, last_error=error[:ERROR_LENGTH]
    )


def _send(connection: BaseEmailBackend, message: Message) -> Refusal | None:
    """Hand one message to the relay; None when it was taken."""
    try:
        connection.send_messages([compose(message)])
    except (SMTPException, OSError) as error:
        # What state the session is in is anybody's guess: the next message gets a new one.
        _drop(connection)
        return refusal(error)
    except ValueError as error:
        return Refusal(f"{type(error).__name__}: {error}", is_temporary=False)
    return None


def _drop(connection: BaseEmailBackend) -> None:
    with suppress(SMTPException, OSError):
        connection.close()


def refusal(error: Exception) -> Refusal:
    """Judge an error of the relay: 5xx for the message is final; 4xx, connections and sign-in are not."""
    codes: list[int] = []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    elif isinstance(error, SMTPResponseException) and not isinstance(error, SMTPAuthenticationError):
        codes = [error.smtp_code]
    return Refusal(f"{type(error).__name__}: {error}", is_temporary=not any(code >= 500 for code in codes))


@transaction.atomic
def _settle(message: Message, refused: Refusal | None) -> None:
    """Write down how one try ended."""
    now = timezone.now()
    message.attempts += 1
    message.claimed_until = None
    message.last_error = refused.detail[:ERROR_LENGTH] if refused else ""
    if refused is None:
        message.state, message.sent_at = MessageState.SENT, now
        if message.template.startswith(SECRET_TEMPLATES):
            message.text = message.html = ""
    elif refused.is_temporary and message.attempts < MAX_ATTEMPTS:
        message.state, message.due_at = MessageState.QUEUED, now + BACKOFF[message.attempts - 1]
    else:
        message.state = MessageState.FAILED
    message.save(
        update_fields=["attempts", "claimed_until", "last_error", "state", "sent_at", "due_at", "text", "html"]
    )
    Attempt.objects.create(message_id=message.pk, outcome=message.state, detail=message.last_error)


@transaction.atomic
def erase_messages(recipient: Recipient) -> None:
    """Empty what was written to somebody. Rows stay, for the attempts refer to them; nothing more is sent."""
    unsent = recipient.messages.filter(state__in=UNSENT_STATES)
    unsent.update(state=MessageState.FAILED, claimed_until=None)
    recipient.messages.update(
        subject="", text="", html="", last_error="", address=f"erased-{recipient.code}@erased.invalid", reply_to=""
    )


@transaction.atomic
def erase_messages_to_guest(contact: Contact) -> None:
    """Empty what was written to a guest, and let go of their row."""
    erase_messages(contact)
    contact.messages.update(contact=None)
