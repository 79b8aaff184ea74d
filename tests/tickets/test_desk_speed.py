"""The desk's views are read in their order from an index: neither sorted nor scanned, however many there are."""

import pytest
from django.db import connection
from django.utils import timezone

from portal.accounts.choices import Role
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory
from tickets.models import Ticket
from tickets.selectors import desk
from tickets.selectors.tracking import own_page

pytestmark = pytest.mark.django_db


def plan(rows):
    """Return how the rows would be found where a scan of the table or sorting cost far too much."""
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


# What a view of one body's agent may be read from, and of an agent of many bodies.
INDEXES = {
    "work": {"ticket_urgent", "ticket_urgent_body"},
    "mine": {"ticket_urgent_own"},
    "unassigned": {"ticket_urgent", "ticket_urgent_body", "ticket_urgent_own"},
    "breached": {"ticket_urgent", "ticket_urgent_body"},
    "soon": {"ticket_urgent", "ticket_urgent_body"},
    "waiting": {"ticket_waiting", "ticket_resting"},
    "ended": {"ticket_ended", "ticket_ended_body"},
}


@pytest.mark.parametrize("bodies", [1, 3])
@pytest.mark.parametrize("view", desk.VIEWS)
def test_each_view_is_read_in_order(agent, ask, view, bodies):
    ask()
    for _number in range(bodies - 1):
        MembershipFactory(person=agent, organisation=OrganisationFactory(), role=Role.AGENT)
    # Over a handful of rows all indexes cost the same, and which one is taken is left to chance.
    with connection.cursor() as cursor:
        for name in sorted(set().union(*INDEXES.values()) - INDEXES[view]):
            cursor.execute(f"DROP INDEX {name}")
    found = plan(desk.queue(agent, view).for_queue()[: desk.PER_PAGE])
    assert "Sort" not in found and "Seq Scan on tickets_ticket" not in found
    assert any(f"using {name} on tickets_ticket" in found for name in INDEXES[view]), found


def test_administrators_of_all_read_the_same_way(ask):
    ask()
    chief = PersonFactory(is_staff=True, is_superuser=True)
    assert "using ticket_urgent on tickets_ticket" in plan(desk.queue(chief, "work").for_queue()[:20])


def test_a_persons_own_list_is_read_from_their_rows(ask, body):
    contact = MembershipFactory(role=Role.CONTACT, organisation=body).person
    assert own_page(contact, state="", after="").tickets == []
    assert "Seq Scan on tickets_ticket" not in plan(Ticket.objects.visible_to(PersonFactory()).newest_first()[:20])


def test_claims_that_ran_out_are_found_by_an_index(ask):
    assert "using ticket_claimed" in plan(Ticket.objects.filter(claimed_until__lte=timezone.now()))
