"""What a provider of mail tells by webhook of copies that came back or were reported (django-anymail reads it).

The provider is believed because its call brings the agreed password, and its signature where it has one; the copy is
the one that our own signed mark names, wherever in the call it stands.
"""

from collections.abc import Iterator
from typing import Any

from portal.mailings.choices import DeliveryState, Reason
from portal.mailings.services.outcomes import DETAIL_LENGTH
from portal.mailings.services.returned import Returned, is_gone, named_by, settle

# How deep a call may be nested.
_DEEPEST = 8


def hear(event: Any) -> bool:
    """Write down what one event says; tell whether it was new. Delays, openings and clicks say nothing here."""
    found = read_event(event)
    return found is not None and settle(found)


def read_event(event: Any) -> Returned | None:
    """Return what an event of django-anymail says of one of our copies."""
    if event.event_type not in ("bounced", "rejected", "complained"):
        return None
    copy = _copy_of(event)
    if copy is None:
        return None
    if event.event_type == "complained":
        return Returned(copy, DeliveryState.COMPLAINED, Reason.COMPLAINT, "")
    detail = " ".join(f"{event.reject_reason or ''} {event.mta_response or event.description or ''}".split())
    gone = event.reject_reason == "invalid" or is_gone(detail)
    reason = Reason.UNKNOWN if gone else Reason.RETURNED
    return Returned(copy, DeliveryState.BOUNCED, reason, detail[:DETAIL_LENGTH])


def _copy_of(event: Any) -> int | str | None:
    told = [event.message_id, event.metadata, event.esp_event]
    return next((found for text in _texts(told) if (found := named_by(text)) is not None), None)


def _texts(told: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif depth < _DEEPEST and hasattr(told, "values"):
        for value in told.values():
            yield from _texts(value, depth + 1)
    elif depth < _DEEPEST and isinstance(told, list | tuple):
        for value in told:
            yield from _texts(value, depth + 1)
