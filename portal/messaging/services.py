"""Telling people something: the outbox is written here, and emptied here."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Contact, Person
from portal.celery import enqueue
from portal.messaging import channels
from portal.messaging.choices import UNSENT_STATES, MessageState, Way
from portal.messaging.emails import Rendered, render
from portal.messaging.models import Attempt, Message, WayState

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
SECRET_TEMPLATES = ("account/", "tickets/", "notifications/code")


def notify(
    recipient: Recipient,
    template: str,
    *,
    context: dict[str, Any],
    key: str | None = None,
    reply_to: str = "",
    language: str = "",
    headers: dict[str, str] | None = None,
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
        headers=headers,
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
    headers: dict[str, str] | None = None,
) -> Message:
    """Write a rendered message to the outbox; without a recipient it goes to an address nobody has an account for.

    ``headers`` stand in place of, or beside, those that every mail has: see ``portal.messaging.emails.compose``.
    """
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
        headers=headers or {},
        key=key,
    )
    return _write(message)


def post_text(
    recipient: Recipient | None,
    *,
    way: Way,
    phone: str,
    template: str,
    text: str,
    language: str,
    key: str | None = None,
) -> Message:
    """Write a short message to a telephone number to the outbox; it is sent, and tried again, as mail is."""
    message = Message(
        person=recipient if isinstance(recipient, Person) else None,
        contact=recipient if isinstance(recipient, Contact) else None,
        way=way,
        phone=phone,
        language=language,
        template=template,
        text=text,
        key=key,
    )
    return _write(message)


def post_all(messages: list[Message]) -> None:
    """Write rendered messages to the outbox in one statement.

    They have no key: rows that the caller writes in the same transaction make each of them the only one.
    """
    Message.objects.bulk_create(messages)
    if messages:
        enqueue("messaging.deliver_due")


def texts_within(phone: str, span: timedelta) -> int:
    """Return how many messages went to a number within this span."""
    return Message.objects.filter(phone=phone, created_at__gt=timezone.now() - span).count()


def _write(message: Message) -> Message:
    try:
        # In a savepoint, so that the caller's transaction goes on when another was first with the key.
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        first = Message.objects.filter(key=message.key).first() if message.key else None
        if first is None:
            raise
        return first
    enqueue("messaging.deliver_due")
    return message


def deliver_due() -> int:
    """Send what is due, at most one batch; return how many messages were claimed.

    Each outcome is committed by itself: after a kill at most one message is sent twice, with the same Message-ID. A
    channel that is away keeps back its own messages only.
    """
    messages, until = _claim()
    for way in dict.fromkeys(message.way for message in messages):
        _deliver(way, [message for message in messages if message.way == way], until)
    if len(messages) == BATCH:
        enqueue("messaging.deliver_due")
    return len(messages)


def _deliver(way: str, messages: list[Message], until: datetime) -> None:
    carrier, has_sent = channels.channel(way), False
    for position, message in enumerate(messages):
        if timezone.now() > until - LEASE_MARGIN:
            _give_back(messages[position:], error="")
            break
        try:
            carrier.open()
            refused = _send(carrier, message)
        except channels.Away as error:
            # The relay is away, or refuses us: no message is to blame, and none uses up a try.
            logger.warning("The channel %s cannot be reached: %s", way, error)
            _give_back(messages[position:], error=str(error))
            break
        _settle(message, refused)
        has_sent = has_sent or refused is None
    carrier.close()
    if has_sent:
        note_sent(way)


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


def _send(carrier: channels.Channel, message: Message) -> channels.NotTaken | None:
    """Hand one message over; None when it was taken."""
    try:
        carrier.send(message)
    except channels.NotTaken as refusal:
        return refusal
    return None


@transaction.atomic
def _settle(message: Message, refused: channels.NotTaken | None) -> None:
    """Write down how one try ended."""
    now, changed = timezone.now(), ["attempts", "claimed_until", "last_error", "state", "sent_at", "due_at"]
    message.attempts += 1
    message.claimed_until = None
    message.last_error = refused.detail[:ERROR_LENGTH] if refused else ""
    if refused is None:
        message.state, message.sent_at = MessageState.SENT, now
        if message.template.startswith(SECRET_TEMPLATES):
            message.text = message.html = ""
            changed += ["text", "html"]
    elif refused.is_temporary and message.attempts < MAX_ATTEMPTS:
        message.state, message.due_at = MessageState.QUEUED, now + BACKOFF[message.attempts - 1]
    else:
        message.state = MessageState.FAILED
    # Neither the text as it was claimed nor another try: its recipient may have been erased meanwhile.
    still_ours = Message.objects.filter(pk=message.pk, state=MessageState.CLAIMED)
    still_ours.update(**{name: getattr(message, name) for name in changed})
    Attempt.objects.create(message_id=message.pk, outcome=message.state, detail=message.last_error)


@transaction.atomic
def settle_return(code: str, *, state: MessageState, detail: str) -> Message | None:
    """Write down that a message which was sent came back or was reported; None where that is known, or it was not sent.

    Returned to the caller as it stood, for its address may have to be written to no more.
    """
    message = Message.objects.select_for_update(no_key=True).filter(code=code).first()
    before = {MessageState.SENT} | ({MessageState.BOUNCED} if state == MessageState.COMPLAINED else set())
    if message is None or message.state not in before:
        return None
    message.state, message.last_error = state, detail[:ERROR_LENGTH]
    message.save(update_fields=["state", "last_error"])
    Attempt.objects.create(message_id=message.pk, outcome=state, detail=message.last_error)
    return message


@transaction.atomic
def erase_messages(recipient: Recipient) -> None:
    """Empty what was written to somebody. Rows stay, for the attempts refer to them; nothing more is sent."""
    unsent = recipient.messages.filter(state__in=UNSENT_STATES)
    unsent.update(state=MessageState.FAILED, claimed_until=None)
    recipient.messages.update(
        subject="",
        text="",
        html="",
        last_error="",
        address=f"erased-{recipient.code}@erased.invalid",
        phone="",
        reply_to="",
        headers={},
    )


@transaction.atomic
def erase_messages_to_guest(contact: Contact) -> None:
    """Empty what was written to a guest, and let go of their row."""
    erase_messages(contact)
    contact.messages.update(contact=None)


def note_sent(way: str) -> None:
    """Write down that a channel took a message."""
    WayState.objects.update_or_create(way=way, defaults={"sent_at": timezone.now()})


def hold_mailbox(way: str) -> bool:
    """Take the only right to read what came in by this way; False while another worker has it."""
    now = timezone.now()
    WayState.objects.get_or_create(way=way)
    is_free = Q(held_until=None) | Q(held_until__lte=now)
    return bool(WayState.objects.filter(is_free, way=way).update(held_until=now + LEASE, tried_at=now))


def let_go_of_mailbox(way: str, *, error: str = "") -> None:
    """Give it back, and write down how the visit went."""
    went = {"last_error": error[:ERROR_LENGTH]} if error else {"last_error": "", "fetched_at": timezone.now()}
    WayState.objects.filter(way=way).update(held_until=None, **went)
