"""Real races on real rows."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import pytest
from django.db import connection

from portal.accounts.choices import Role
from portal.messaging.models import Message
from tests.factories import staff
from tickets.choices import TicketState
from tickets.models import Entry, Move, Ticket
from tickets.services import asking, desk
from tickets.services.moves import TicketRefused
from tickets.services.queueing import take_next

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, act):
    def one(number):
        try:
            with suppress(TicketRefused):
                act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def test_one_form_pressed_eight_times_is_one_request(ask):
    at_once(8, lambda _number: ask(once="the-same"))
    assert (Ticket.objects.count(), Entry.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_one_message_sent_eight_times_is_stored_once(ask):
    ticket = ask()
    at_once(8, lambda _number: asking.add_message(ticket, "Hello?", person=None, once="m-1"))
    assert ticket.entries.filter(text="Hello?").count() == 1


def test_eight_agents_and_one_claim(body, ask):
    ticket, agents = ask(), [staff(Role.AGENT, body) for _ in range(8)]
    held = []

    def act(number):
        desk.claim(ticket, by=agents[number])
        held.append(number)

    at_once(8, act)
    assert len(held) == 1
    ticket.refresh_from_db()
    assert ticket.claimed_by == agents[held[0]]


def test_closing_and_answering_at_once_leave_one_story(ask, agent):
    ticket = ask()
    acts = [
        lambda: desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED),
        lambda: asking.close_by_sender(ticket, person=None),
    ]
    at_once(2, lambda number: acts[number]())
    ticket.refresh_from_db()
    moves = list(Move.objects.filter(ticket_id=ticket.pk).order_by("number"))
    assert [move.number for move in moves] == list(range(1, len(moves) + 1))
    assert all(later.source == earlier.target for earlier, later in pairwise(moves))
    assert ticket.state == moves[-1].target == "closed"


def test_agents_who_ask_for_the_next_at_once_never_get_the_same(body, ask):
    tickets, agents = [ask() for _ in range(6)], [staff(Role.AGENT, body) for _ in range(8)]
    given = []
    at_once(8, lambda number: given.append(take_next(by=agents[number])))
    got = [ticket.pk for ticket in given if ticket is not None]
    assert sorted(got) == [ticket.pk for ticket in tickets]
    assert given.count(None) == 2
    assert Ticket.objects.filter(assignee=None).count() == 0
