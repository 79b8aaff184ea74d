"""How one try ended, written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.db import connection
from django.utils import timezone

from portal import registry
from portal.mailings.choices import FINAL_REASONS, DeliveryState, Reason
from portal.mailings.models import Delivery
from portal.mailings.services.relay import Unanswered
from portal.mailings.services.suppression import suppress
from portal.messaging.channels.mail import is_temporary

# How long after each failed try the next follows; the last try is the sixth, after a day and a half.
BACKOFF = [timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440)]
MAX_ATTEMPTS = len(BACKOFF) + 1
DETAIL_LENGTH = 300
# How often a copy may have been in flight when its sender ended: its reader may have as many, and gets no other one.
MAX_DOUBTS = 2
# Codes of a relay that say: there is no such mailbox (RFC 5321, 4.2.2; enhanced ones of RFC 3463, 3.2).
_NO_MAILBOX = (550, 551, 553)
_ELSEWHY = ("5.7.", "spam", "policy", "blocked", "blacklist")


@dataclass(frozen=True)
class Outcome:
    """What became of a copy by this try."""

    delivery: Delivery
    state: DeliveryState
    reason: str = ""
    detail: str = ""
    due_at: datetime | None = None
    # The relay may have taken it and could not say so.
    is_doubtful: bool = False


def judged(delivery: Delivery, error: Exception) -> Outcome:
    """Judge an error: 5xx is final and, where there is no such mailbox, for ever; all others are tried again.

    Whose copy may have arrived twice already gets no third one.
    """
    detail = f"{type(error).__name__}: {error}"[:DETAIL_LENGTH]
    if isinstance(error, ValueError):
        return Outcome(delivery, DeliveryState.BOUNCED, Reason.ADDRESS, detail)
    if not is_temporary(error):
        reason = Reason.UNKNOWN if _is_unknown(error) else Reason.REFUSED
        return Outcome(delivery, DeliveryState.BOUNCED, reason, detail)
    tries, is_doubtful = delivery.attempts + 1, isinstance(error, Unanswered)
    if is_doubtful and delivery.doubts + 1 >= MAX_DOUBTS:
        return Outcome(delivery, DeliveryState.SKIPPED, Reason.DOUBT, detail, is_doubtful=True)
    if tries >= MAX_ATTEMPTS:
        return Outcome(delivery, DeliveryState.BOUNCED, Reason.TRIES, detail, is_doubtful=is_doubtful)
    due_at = timezone.now() + BACKOFF[tries - 1]
    return Outcome(delivery, DeliveryState.DEFERRED, "", detail, due_at, is_doubtful=is_doubtful)


def _is_unknown(error: Exception) -> bool:
    """Tell whether the relay says that there is no such mailbox, and not that it does not like us or our text."""
    if not isinstance(error, SMTPRecipientsRefused) or isinstance(error, SMTPDataError):
        return False
    for code, said in error.recipients.values():
        words = said.decode(errors="replace").lower() if isinstance(said, bytes) else str(said).lower()
        if code not in _NO_MAILBOX or any(why in words for why in _ELSEWHY):
            return False
    return True


def settle_and_begin(outcome: Outcome | None, following: Delivery | None, *, cursor: Any = None) -> bool:
    """Write down how one copy ended and that the next one is begun, in one statement; tell whether it is begun.

    It is not when its recipient left, the mailing is no longer being sent, or another sender has it. Who does this
    for many copies keeps a cursor: opening one takes as long as the statement.
    """
    if outcome is None and following is None:
        return False
    if cursor is None:
        with connection.cursor() as opened:
            return settle_and_begin(outcome, following, cursor=opened)
    done = outcome or _NONE
    next_pk = following.pk if following else 0
    done_pk = done.delivery.pk if outcome else 0
    cursor.execute(
        _STEP, (done_pk, str(done.state), str(done.reason), done.detail, done.due_at, int(done.is_doubtful), next_pk)
    )
    has_begun = cursor.fetchone()[0]
    if outcome and outcome.reason in FINAL_REASONS:
        end_for_good(outcome.delivery, Reason(outcome.reason))
    return has_begun


def end_for_good(delivery: Delivery, reason: Reason) -> None:
    """Put the address on the suppression list, and tell whoever keeps the member."""
    suppress(delivery.address, reason)
    registry.mailings[delivery.mailing.purpose].ended(delivery.member, str(reason))


_NONE = Outcome(Delivery(), DeliveryState.SENT)
# A function in the database (see migration 0002): one way there for two copies, and planned once for each connection,
# since planning takes longer than doing it.
_STEP = "SELECT mailings_step(%s, %s, %s, %s, %s, %s, %s)"
