"""What was done with a request, as its page in the admin tells it."""

import re
from pathlib import Path

import pytest

from portal.accounts.choices import Role
from portal.audit.choices import WORDS
from tests.factories import OrganisationFactory, staff
from tickets.choices import Channel, TicketKind, TicketState
from tickets.services import asking, desk, relations
from tickets.services.links import replace_link
from tickets.services.rating import rate

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def told(client, ticket):
    """Return the acts on the page, the first one first, with the values before and after."""
    page = client.get(f"/en/admin/tickets/ticket/{ticket.pk}/history/")
    assert page.status_code == 200
    found = [(act.word, [(each.old, each.new) for each in act.changes]) for act in page.context["acts"]]
    return found[::-1]


def test_every_act_on_a_request_is_told_in_words(client, clock, body, ask, agent):
    other, ticket = ask(), ask()
    desk.claim(ticket, by=agent)
    desk.release(ticket, by=agent)
    desk.assign(ticket, to=agent, by=agent)
    desk.note(ticket, "She called.", by=agent)
    desk.log(ticket, "It is number 14.", by=agent, channel=Channel.PHONE)
    desk.change_kind(ticket, TicketKind.COMPLAINT, by=agent)
    desk.extend(ticket, days=2, reason="A part is missing.", by=agent)
    relations.link(ticket, other, by=agent)
    relations.unlink(ticket, other, by=agent)
    desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
    asking.add_message(ticket, "Palm Street.", person=None)
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    rate(ticket, 4)
    replace_link(ticket, by=None)
    client.force_login(agent)
    acts = told(client, ticket)
    moves = [changes for word, changes in acts if word == "State changed"]
    assert moves == [[("New", "Awaiting you")], [("Awaiting you", "In progress")], [("In progress", "Solved")]]
    assert ("Kind changed", [("Enquiry", "Complaint")]) in acts
    assert ("Assigned", [("", str(agent))]) in acts
    words = [word for word, _changes in acts]
    assert words[0] == "Opened"
    for word in (
        *("Taken", "Given back", "Note written", "Call or visit written down", "Promise extended", "Promise moved"),
        *("Linked with another", "Replied", "Rated", "Secret link replaced"),
    ):
        assert word in words


@pytest.mark.usefixtures("english")
def test_handing_over_names_both_bodies_to_the_new_one_and_nobody_else(client, clock, ask, agent):
    other = OrganisationFactory(name_en="Roads")
    theirs, ticket = staff(Role.AGENT, other), ask()
    earlier = str(ticket.organisation)
    desk.hand_over(ticket, other, by=agent, reason="Roads look after lights.")
    client.force_login(theirs)
    assert ("Handed over to another body", [(earlier, str(other))]) in told(client, ticket)
    client.force_login(agent)
    assert client.get(f"/en/admin/tickets/ticket/{ticket.pk}/history/").status_code in (302, 403, 404)


def test_each_act_has_a_word():
    folders = ("portal", "tickets", "moderation", "engagement", "newsletter", "surveys")
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")]
    actions = {action for text in texts for action in re.findall(r"""\brecord\(\s*"([a-z_]+\.[a-z_]+)\"""", text)}
    assert len(actions) > 60
    assert {each for each in actions if each not in WORDS and each.partition(".")[2] not in WORDS} == set()
