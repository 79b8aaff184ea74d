"""What staff do with a request. Every act locks the row first, and each is one transaction with its trail."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from portal.accounts.choices import Role
from portal.accounts.models import Organisation, Person, Team
from portal.accounts.rules import holds
from portal.audit.services import record
from portal.files.models import StoredFile
from portal.text import localised
from tickets.choices import (
    OPEN_STATES,
    Channel,
    EntryKind,
    Mover,
    TicketKind,
    TicketState,
)
from tickets.emails import tell_extended, tell_merged, tell_moved_to, tell_reply, tell_staff_handed_over
from tickets.models import Entry, Ticket
from tickets.rules import may_work_on
from tickets.selectors.staff import agents_of
from tickets.services import clock
from tickets.services.asking import MAX_FILES, clean_words
from tickets.services.moves import TicketRefused, locked, move
from tickets.services.prepared import count_uses

# How long an agent holds a request; writing in it or taking it again begins anew.
LEASE = timedelta(minutes=20)
# Where a reply may leave a request.
AFTER_REPLY = (TicketState.OPEN, TicketState.WAITING, TicketState.SOLVED)


class TicketTaken(TicketRefused):
    """Another agent (``by``) holds the request until ``until``."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("taken")
        self.by, self.until = ticket.claimed_by, ticket.claimed_until


@transaction.atomic
def claim(ticket: Ticket, *, by: Person) -> Ticket:
    """Take a request for twenty minutes, so that two people never answer one; raises ``TicketTaken``."""
    ticket = held(ticket, by=by)
    changes_hands = ticket.claimed_by_id != by.pk
    ticket.claimed_by, ticket.claimed_until = by, timezone.now() + LEASE
    ticket.save(update_fields=["claimed_by", "claimed_until"])
    if changes_hands:
        record("ticket.claimed", ticket, by=by)
    return ticket


@transaction.atomic
def release(ticket: Ticket, *, by: Person) -> Ticket:
    """Give a request one holds back to the queue; nothing happens to one that somebody else holds."""
    ticket = of_ours(ticket, by=by)
    if ticket.claimed_by_id == by.pk:
        _let_go(ticket)
        record("ticket.released", ticket, by=by)
    return ticket


def release_expired() -> int:
    """Clear the claims whose time is over; return how many."""
    return Ticket.objects.filter(claimed_until__lte=timezone.now()).update(claimed_by=None, claimed_until=None)


@transaction.atomic
def reply(
    ticket: Ticket,
    text: str,
    *,
    by: Person,
    then: TicketState = TicketState.OPEN,
    language: str = "",
    channel: Channel = Channel.WEB,
    files: Sequence[StoredFile] = (),
    once: str = "",
    prepared: Sequence[str] = (),
) -> Entry:
    """Answer the person; the first answer keeps the first promise, and ``then`` says where the request stands now.

    ``prepared``: codes of the prepared replies in it. The same ``once`` again sends nothing and returns the first.
    Raises ``TicketTaken`` and ``TicketRefused``: ``forbidden``, ``over``, ``state``, ``blank``, ``long`` or ``files``.
    """
    words = clean_words(text)
    if then not in AFTER_REPLY:
        raise TicketRefused("state")
    if len(files) > MAX_FILES:
        raise TicketRefused("files")
    ticket = held(ticket, by=by)
    if once and (earlier := ticket.entries.filter(once=once).first()):
        return earlier
    if ticket.state not in OPEN_STATES:
        raise TicketRefused("over")
    now = timezone.now()
    entry = ticket.entries.create(
        kind=EntryKind.REPLY,
        text=words,
        author=by,
        language=language or ticket.language,
        channel=channel,
        once=once or None,
        created_at=now,
    )
    entry.files.set(files)
    count_uses(entry, prepared)
    clock.answered(ticket, at=now)
    move(ticket, then, mover=Mover.STAFF, by=by, at=now)
    _active(ticket, by=by, at=now, is_told=True)
    record("ticket.replied", ticket, by=by, data={"then": str(then)})
    tell_reply(entry)
    return entry


@transaction.atomic
def note(ticket: Ticket, text: str, *, by: Person, channel: Channel = Channel.WEB, once: str = "") -> Entry:
    """Write a note among staff: the person never sees it, and no promise is kept by it."""
    words = clean_words(text)
    ticket = of_ours(ticket, by=by)
    if once and (earlier := ticket.entries.filter(once=once).first()):
        return earlier
    entry = ticket.entries.create(
        kind=EntryKind.NOTE, text=words, author=by, language=by.language, channel=channel, once=once or None
    )
    record("ticket.noted", ticket, by=by)
    return entry


@transaction.atomic
def log(ticket: Ticket, text: str, *, by: Person, channel: Channel, once: str = "") -> Entry:
    """Write down what the person said on the phone or at the counter: it stands in the conversation as their words.

    Whoever waited for them goes on. ``by`` is named as the one who wrote it down.
    """
    words = clean_words(text)
    ticket = of_ours(ticket, by=by)
    if once and (earlier := ticket.entries.filter(once=once).first()):
        return earlier
    now = timezone.now()
    entry = ticket.entries.create(
        kind=EntryKind.MESSAGE, text=words, author=by, language=ticket.language, channel=channel, once=once or None
    )
    if ticket.state == TicketState.WAITING:
        move(ticket, TicketState.OPEN, mover=Mover.STAFF, by=by, at=now)
    ticket.last_activity_at = now
    ticket.save(update_fields=["last_activity_at"])
    record("ticket.logged", ticket, by=by, data={"channel": str(channel)})
    return entry


@transaction.atomic
def assign(ticket: Ticket, *, to: Person | None = None, team: Team | None = None, by: Person) -> Ticket:
    """Give a request to a colleague, a team, or (with neither) back to all; raises ``TicketRefused("assignee")``.

    Only who may answer for the body can be given its requests, and only a team of the body.
    """
    ticket = of_ours(ticket, by=by)
    if to is not None and not (to.is_active and may_work_on(to, ticket)):
        raise TicketRefused("assignee")
    if team is not None and team.organisation_id != ticket.organisation_id:
        raise TicketRefused("assignee")
    before = {"assignee": ticket.assignee_id, "team": ticket.team_id}
    ticket.assignee, ticket.team = to, team
    ticket.save(update_fields=["assignee", "team"])
    after = {"assignee": ticket.assignee_id, "team": ticket.team_id}
    record("ticket.assigned", ticket, by=by, data={"before": before, "after": after})
    return ticket


@transaction.atomic
def set_state(ticket: Ticket, to: TicketState, *, by: Person, reason: str = "") -> Ticket:
    """Move a request without a reply: to another body's turn and back, to spam and back, reopen it.

    Waiting for the person and solving need a reply, since the person has to be told something.
    """
    if to in (TicketState.WAITING, TicketState.SOLVED, TicketState.MERGED):
        raise TicketRefused("state")
    ticket = held(ticket, by=by)
    now = timezone.now()
    if move(ticket, to, mover=Mover.STAFF, by=by, at=now, reason=reason):
        _active(ticket, by=by, at=now)
    return ticket


@transaction.atomic
def change_kind(ticket: Ticket, kind: TicketKind, *, by: Person) -> Ticket:
    """Say what a request really is; its promises are reckoned anew from its start, and are never moved later by it."""
    ticket = held(ticket, by=by)
    if ticket.kind == kind:
        return ticket
    earlier, ticket.kind = ticket.kind, kind
    clock.reckon_anew(ticket, by=by)
    ticket.save(update_fields=["kind", "next_due_at"])
    record("ticket.kind_changed", ticket, by=by, data={"kind": [str(earlier), str(kind)]})
    return ticket


@transaction.atomic
def hand_over(ticket: Ticket, organisation: Organisation, *, by: Person, reason: str) -> Ticket:
    """Give a request to another body of the portal, with a reason that its sender reads.

    Who handed it over no longer sees it, unless they work there too; those who answer there are told. Raises
    ``TicketRefused`` with ``reason`` or ``over``.
    """
    words = clean_words(reason)
    ticket = held(ticket, by=by)
    if ticket.state not in OPEN_STATES:
        raise TicketRefused("over")
    if ticket.organisation_id == organisation.pk:
        return ticket
    earlier, ticket.organisation = ticket.organisation, organisation
    ticket.service = ticket.assignee = ticket.team = None
    ticket.told_at = timezone.now()
    _drop_claim(ticket)
    clock.reckon_anew(ticket, by=by)
    ticket.save()
    _note_hand_over(ticket, earlier, words, by=by)
    record("ticket.handed_over", ticket, by=by, data={"organisation": [earlier.pk, organisation.pk]})
    tell_moved_to(ticket, words)
    for person in agents_of(ticket):
        tell_staff_handed_over(person, ticket)
    return ticket


def _note_hand_over(ticket: Ticket, earlier: Organisation, reason: str, *, by: Person) -> None:
    """Leave to the next body, in its conversation, who had the request before and why it comes to them."""
    with override(by.language):
        heading = gettext("Handed over by %(body)s:") % {"body": localised(earlier, "name")[0]}
    ticket.entries.create(kind=EntryKind.NOTE, text=f"{heading}\n\n{reason}", author=by, language=by.language)


@transaction.atomic
def extend(ticket: Ticket, *, days: int, reason: str, by: Person) -> Ticket:
    """Move the promise later by working days, with a reason that the person is told; raises ``TicketRefused``."""
    words = clean_words(reason)
    ticket = held(ticket, by=by)
    if ticket.state not in OPEN_STATES:
        raise TicketRefused("over")
    # The person is told by whoever owns the promise: see ``deadline_moved``.
    clock.extend(ticket, days=days, reason=words, by=by)
    ticket.save(update_fields=["next_due_at"])
    record("ticket.extended", ticket, by=by, data={"days": days})
    return ticket


def deadline_moved(ticket: Ticket, reason: str) -> None:
    """Tell the person that the promise was moved later, and why."""
    Ticket.objects.filter(pk=ticket.pk).update(told_at=timezone.now())
    tell_extended(ticket, reason)


@transaction.atomic
def merge(ticket: Ticket, into: Ticket, *, by: Person) -> Ticket:
    """Join a request with another of the same sender and body; what is written in it from now on arrives there.

    Raises ``TicketRefused`` with ``merge`` for another sender's, for itself, and for one that has ended, and with
    ``promise`` where the earlier of two promises would be lost by it: then the other is joined with this one.
    """
    # Always in the same order, so that two joins at once do not wait for each other.
    first, second = sorted((ticket, into), key=lambda each: each.pk)
    rows = {first.pk: held(first, by=by), second.pk: held(second, by=by)}
    ticket, into = rows[ticket.pk], rows[into.pk]
    if ticket.pk == into.pk or not _is_same_sender(ticket, into) or into.state not in OPEN_STATES:
        raise TicketRefused("merge")
    if ticket.next_due_at and into.next_due_at and ticket.next_due_at < into.next_due_at:
        raise TicketRefused("promise")
    now = timezone.now()
    ticket.merged_into = into
    move(ticket, TicketState.MERGED, mover=Mover.STAFF, by=by, at=now)
    _active(into, by=by, at=now)
    record("ticket.merged", ticket, by=by, data={"into": into.reference})
    tell_merged(ticket)
    return into


def _is_same_sender(one: Ticket, other: Ticket) -> bool:
    if one.organisation_id != other.organisation_id:
        return False
    return any(
        mine and mine == theirs
        for mine, theirs in (
            (one.person_id, other.person_id),
            (one.contact_id, other.contact_id),
            (one.phone, other.phone),
        )
    )


def of_ours(ticket: Ticket, *, by: Person) -> Ticket:
    """Return the locked request; raises ``TicketRefused("forbidden")`` for who does not answer for its body."""
    ticket = locked(ticket)
    if not holds(by, Role.AGENT, organisation=ticket.organisation):
        raise TicketRefused("forbidden")
    return ticket


def held(ticket: Ticket, *, by: Person) -> Ticket:
    """Return the locked request; raises ``TicketTaken`` while a colleague is answering it."""
    ticket = of_ours(ticket, by=by)
    is_leased = ticket.claimed_until is not None and ticket.claimed_until > timezone.now()
    if is_leased and ticket.claimed_by_id not in (None, by.pk):
        raise TicketTaken(ticket)
    return ticket


def _drop_claim(ticket: Ticket) -> None:
    ticket.claimed_by = ticket.claimed_until = None


def _let_go(ticket: Ticket) -> None:
    _drop_claim(ticket)
    ticket.save(update_fields=["claimed_by", "claimed_until"])


def _active(ticket: Ticket, *, by: Person, at: Any, is_told: bool = False) -> None:
    """Note that something happened (and whether the person is told), and give the request back to the queue."""
    ticket.last_activity_at = at
    ticket.told_at = at if is_told else ticket.told_at
    _drop_claim(ticket)
    if ticket.assignee_id is None:
        ticket.assignee = by
    ticket.save(update_fields=["last_activity_at", "claimed_by", "claimed_until", "assignee", "told_at"])
