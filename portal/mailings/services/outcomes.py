"""How one try ended, written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.db import connection
from django.utils import timezone

from portal import registry
from portal.mailings.choices import FINAL_REASONS, DeliveryState, Reason
from portal.mailings.models import Delivery
from portal.mailings.services.suppression import suppress
from portal.messaging.channels.mail import is_temporary

# How long after each failed try the next follows; the last try is the sixth, after a day and a half.
BACKOFF = [timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440)]
MAX_ATTEMPTS = len(BACKOFF) + 1
DETAIL_LENGTH = 300
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


def judged(delivery: Delivery, error: Exception) -> Outcome:
    """Judge an error: 5xx is final and, where there is no such mailbox, for ever; all others are tried again."""
    detail = f"{type(error).__name__}: {error}"[:DETAIL_LENGTH]
    if isinstance(error, ValueError):
        return Outcome(delivery, DeliveryState.BOUNCED, Reason.ADDRESS, detail)
    if not is_temporary(error):
        reason = Reason.UNKNOWN if _is_unknown(error) else Reason.REFUSED
        return Outcome(delivery, DeliveryState.BOUNCED, reason, detail)
    tries = delivery.attempts + 1
    if tries >= MAX_ATTEMPTS:
        return Outcome(delivery, DeliveryState.BOUNCED, Reason.TRIES, detail)
    return Outcome(delivery, DeliveryState.DEFERRED, "", detail, timezone.now() + BACKOFF[tries - 1])


def _is_unknown(error: Exception) -> bool:
    """Tell whether the relay says that there is no such mailbox, and not that it does not like us or our text."""
    if not isinstance(error, SMTPRecipientsRefused) or isinstance(error, SMTPDataError):
        return False
    for code, said in error.recipients.values():
        words = said.decode(errors="replace").lower() if isinstance(said, bytes) else str(said).lower()
        if code not in _NO_MAILBOX or any(why in words for why in _ELSEWHY):
            return False
    return True


def settle_and_begin(outcome: Outcome | None, following: Delivery | None) -> bool:
    """Write down how one copy ended and that the next one is begun, in one statement; tell whether it is begun.

    It is not when its recipient left, the mailing is no longer being sent, or another sender has it.
    """
    if outcome is None and following is None:
        return False
    done = outcome or _NONE
    with connection.cursor() as cursor:
        cursor.execute(
            _STEP,
            {
                "done": done.delivery.pk if outcome else 0,
                "state": done.state,
                "reason": done.reason,
                "detail": done.detail,
                "due_at": done.due_at,
                "following": following.pk if following else 0,
            },
        )
        has_begun = bool(cursor.fetchone()[0])
    if outcome and outcome.reason in FINAL_REASONS:
        end_for_good(outcome.delivery, Reason(outcome.reason))
    return has_begun


def end_for_good(delivery: Delivery, reason: Reason) -> None:
    """Put the address on the suppression list, and tell whoever keeps the member."""
    suppress(delivery.address, reason)
    registry.mailings[delivery.mailing.purpose].ended(delivery.member, str(reason))


_NONE = Outcome(Delivery(), DeliveryState.SENT)
# Where the database hears of both at once, a copy costs one commit.
_STEP = """
WITH done AS (
    UPDATE mailings_delivery
       SET state = %(state)s, reason = %(reason)s, detail = %(detail)s, attempts = attempts + 1,
           begun_at = NULL, claimed_until = NULL, due_at = COALESCE(%(due_at)s, due_at),
           sent_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() END
     WHERE id = %(done)s AND state = 'claimed' AND begun_at IS NOT NULL
 RETURNING id, mailing_id
), written AS (
    INSERT INTO mailings_deliveryevent (mailing_id, delivery_id, outcome, reason, detail, at)
    SELECT mailing_id, id, %(state)s, %(reason)s, %(detail)s, clock_timestamp() FROM done
), begun AS (
    UPDATE mailings_delivery AS one
       SET begun_at = clock_timestamp()
      FROM mailings_mailing AS whole
     WHERE one.id = %(following)s AND one.state = 'claimed' AND one.begun_at IS NULL
       AND whole.id = one.mailing_id AND whole.state = 'sending'
 RETURNING one.id
)
SELECT count(*) FROM begun
"""
