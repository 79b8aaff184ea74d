"""What staff see of mail and messages from outside, and how each channel stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER, UNSENT_STATES, MessageState, Way
from portal.messaging.models import Message, WayState
from tickets.choices import IncomingState
from tickets.models import Incoming

# Headers shown by name before all others.
FIRST = ("from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references")


def waiting_count(agent: Any) -> int | None:
    """Return how many messages wait for a decision of this person's bodies, None for who answers none."""
    if not holds(agent, Role.AGENT):
        return None
    return Incoming.objects.for_desk(agent).to_decide().count()


def headers_shown(headers: dict[str, str]) -> list[tuple[str, str]]:
    """Return headers for staff, those that say most first."""
    order = {name: number for number, name in enumerate(FIRST)}
    return sorted(headers.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


@dataclass(frozen=True)
class ChannelRow:
    """How one channel stands. ``is_on`` says whether anybody is reached by it."""

    way: Way
    adapter: str
    is_on: bool
    state: WayState | None
    waiting: int
    failed: int
    fetched_at: datetime | None
    sent_at: datetime | None


def channel_rows() -> list[ChannelRow]:
    """Return a row for each channel that carries something, in three queries."""
    states = {state.way: state for state in WayState.objects.all()}
    unsent = _by_way(Message.objects.filter(state__in=UNSENT_STATES))
    failed = _by_way(Message.objects.filter(state=MessageState.FAILED))
    rows = []
    for way in (Way.EMAIL, Way.SMS, Way.WHATSAPP):
        state = states.get(way)
        rows.append(
            ChannelRow(
                way=way,
                adapter=settings.CHANNELS[way]["adapter"] if way in BY_NUMBER else "",
                is_on=is_on(way) if way in BY_NUMBER else bool(settings.IMAP["host"]),
                state=state,
                waiting=unsent.get(way, 0),
                failed=failed.get(way, 0),
                fetched_at=state.fetched_at if state else None,
                sent_at=state.sent_at if state else None,
            )
        )
    return rows


def _by_way(messages: Any) -> dict[str, int]:
    return dict(messages.order_by().values_list("way").annotate(count=Count("pk")))


def count_in(state: IncomingState | str) -> int:
    """Return how many messages from outside stand so."""
    return Incoming.objects.filter(state=state).count()
