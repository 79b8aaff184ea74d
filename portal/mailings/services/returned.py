"""What comes back: failed deliveries (RFC 3464) and complaints (RFC 5965), read from the mailbox of returns."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.mailings.choices import FINAL_REASONS, DeliveryState, Reason
from portal.mailings.emails import delivery_named_by
from portal.mailings.models import Arrival, Delivery, DeliveryEvent
from portal.mailings.services.outcomes import DETAIL_LENGTH, end_for_good
from portal.mailings.services.suppression import suppress
from portal.messaging.channels import Away
from portal.messaging.channels.mail import MailChannel
from portal.messaging.choices import MessageState
from portal.messaging.emails import message_named_by
from portal.messaging.models import WayState
from portal.messaging.services import hold_mailbox, let_go_of_mailbox, settle_return

logger = logging.getLogger("sawt.mailings")

# The name under which the state of this mailbox is kept, beside those of the ways.
MAILBOX = "returns"
# Where a relay writes to whom a copy was returned, most reliable first.
_TO_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
# What a complaint quotes of ours that we signed.
_QUOTED = ("Message-ID", "Return-Path")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# There is no such mailbox, it moved, or it is shut (RFC 3463, 3.2 and 3.3): all others may pass.
_GONE = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}


@dataclass(frozen=True)
class Returned:
    """What a returned mail says: of which copy of a mailing, or else which single message, and what became of it."""

    copy: int | str
    state: DeliveryState
    reason: Reason
    detail: str


def read(raw: bytes) -> Returned | None:
    """Return what a mail says of one of our mails; None for what is only delayed, answered or not ours at all.

    Everything in it is hostile: only a copy that our own signature names is believed.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    kind = _parameter(mail, "report-type")
    if mail.get_content_type() != "multipart/report" or kind not in ("delivery-status", "feedback-report"):
        return None
    copy = _copy_of(mail)
    if copy is None:
        return None
    if kind == "feedback-report":
        return Returned(copy, DeliveryState.COMPLAINED, Reason.COMPLAINT, "")
    return _failure(mail, copy)


def fetch() -> int:
    """Read the mailbox of returns, unless another worker is doing so; return how many mails there were.

    Each is settled there only after what it says is committed here: whoever is killed before reads it again, and the
    same twice changes nothing.
    """
    if not settings.BOUNCE_IMAP["host"] or not hold_mailbox(MAILBOX):
        return 0
    count, error = 0, ""
    try:
        for arrived in MailChannel(settings.BOUNCE_IMAP).receive():
            _take_safely(arrived.raw)
            arrived.settle()
            count += 1
    except Away as away:
        error = str(away)
        logger.warning("The mailbox of returns cannot be read: %s", error)
    finally:
        let_go_of_mailbox(MAILBOX, error=error)
    return count


def last_read() -> datetime | None:
    """Return when the mailbox of returns was last read without an error."""
    return WayState.objects.filter(way=MAILBOX).values_list("fetched_at", flat=True).first()


def _take_safely(raw: bytes) -> None:
    try:
        take(raw)
    except DatabaseError:
        raise
    # One mail must not keep the others back, whatever is wrong with it.
    except Exception as error:
        logger.exception("A returned mail could not be read: %s", type(error).__name__)


@transaction.atomic
def take(raw: bytes) -> Returned | None:
    """Write down what a returned mail says, or that a copy arrived here; the same mail again changes nothing."""
    found = read(raw)
    if found is None:
        _note_arrival(raw)
        return None
    return found if settle(found) else None


def _note_arrival(raw: bytes) -> None:
    """Where a mail is one of our copies itself, its reader is one of our canaries: it has arrived."""
    mail = message_from_bytes(raw, policy=policy.default)
    marks = _all(mail, "Message-ID")
    delivery_id = delivery_named_by(marks[0]) if marks else None
    if delivery_id is not None and Delivery.objects.filter(pk=delivery_id).exists():
        Arrival.objects.get_or_create(delivery_id=delivery_id)


@transaction.atomic
def settle(found: Returned) -> bool:
    """Write down that a copy came back or was reported, and stop writing to who is gone; tell whether it was new."""
    return _settle_message(found.copy, found) if isinstance(found.copy, str) else _settle_copy(found.copy, found)


def _settle_message(code: str, found: Returned) -> bool:
    """Single messages are answers and codes, which go on to be written: only what goes to many stops."""
    message = settle_return(code, state=MessageState(found.state), detail=found.detail)
    if message is not None and found.reason in FINAL_REASONS and message.address:
        suppress(message.address, found.reason)
    return message is not None


def _settle_copy(delivery_id: int, found: Returned) -> bool:
    delivery = Delivery.objects.select_for_update(no_key=True).filter(pk=delivery_id).first()
    before = {DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.CLAIMED}
    if found.state == DeliveryState.COMPLAINED:
        before.add(DeliveryState.BOUNCED)
    if delivery is None or delivery.state not in before:
        return False
    delivery.state, delivery.reason, delivery.detail = found.state, found.reason, found.detail
    delivery.claimed_until = delivery.begun_at = None
    delivery.save(update_fields=["state", "reason", "detail", "claimed_until", "begun_at"])
    DeliveryEvent.objects.create(
        mailing_id=delivery.mailing_id,
        delivery_id=delivery.pk,
        outcome=found.state,
        reason=found.reason,
        detail=found.detail,
        at=timezone.now(),
    )
    if found.reason in FINAL_REASONS and delivery.address:
        end_for_good(delivery, Reason(found.reason))
    return True


def _copy_of(mail: EmailMessage) -> int | str | None:
    """Return the copy that the mail is about: by the address it was returned to, else by what it quotes of ours."""
    marks = [str(value) for name in _TO_HEADERS for value in _all(mail, name)]
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            marks += [str(value) for inner in _inner(part) for name in _QUOTED for value in _all(inner, name)]
        elif part.get_content_type() == "text/rfc822-headers":
            marks.append(_text(part))
    return next((found for mark in marks if (found := named_by(mark)) is not None), None)


def named_by(mark: str) -> int | str | None:
    """Return the id of a mailing's copy, or the code of a single message, that we signed."""
    found = delivery_named_by(mark)
    return message_named_by(mark) if found is None else found


def _failure(mail: EmailMessage, copy: int | str) -> Returned | None:
    """Return the failure that the machine-readable part names; None for a delay or a success."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _inner(part):
            status = _STATUS.search(str(block.get("Status", "")))
            if str(block.get("Action", "")).strip().lower() != "failed" or status is None or status[1] != "5":
                continue
            detail = " ".join(f"{status[0]} {block.get('Diagnostic-Code', '')}".split())[:DETAIL_LENGTH]
            return Returned(
                copy, DeliveryState.BOUNCED, Reason.UNKNOWN if is_gone(status[0]) else Reason.RETURNED, detail
            )
    return None


def is_gone(said: str) -> bool:
    """Tell whether a status in these words says that the mailbox is not there any more."""
    found = _STATUS.search(said)
    return found is not None and found[1] == "5" and (int(found[2]), int(found[3])) in _GONE


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _all(mail: Message, name: str) -> list[str]:
    try:
        return [str(value) for value in mail.get_all(name, [])]
    except (ValueError, IndexError, AttributeError):
        # The parser of the standard library stumbles over some broken headers.
        return []


def _parameter(mail: EmailMessage, name: str) -> str:
    return str(mail.get_param(name, "")).lower()


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", errors="replace") if isinstance(content, bytes) else ""
