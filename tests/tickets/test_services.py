"""Asking, answering and the clock all the way: exact, and refused where the table says so."""

import pytest
from django.core import mail

from portal.accounts.choices import Role
from portal.audit.models import Entry as Trail
from portal.calendars.choices import Level, Target
from portal.calendars.models import Breach
from portal.calendars.services import promise, record_breaches
from portal.messaging.models import Message
from portal.messaging.services import deliver_due
from tests.calendars import riyadh
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory, PersonFactory, staff
from tickets.choices import Channel, TicketKind, TicketState
from tickets.models import Move, Ticket
from tickets.selectors.links import hash_of, opened_by, token_of
from tickets.services import asking, desk
from tickets.services.asking import Asked, Sender, open_ticket
from tickets.services.links import replace_link
from tickets.services.moves import TicketRefused

pytestmark = pytest.mark.django_db


def states_of(ticket):
    return list(Move.objects.filter(ticket_id=ticket.pk).order_by("number").values_list("target", "mover"))


def due(ticket):
    ticket.refresh_from_db()
    return ticket.next_due_at


def test_a_request_gets_reference_promise_link_trail_and_mail(clock, ask):
    ticket = ask()
    assert (ticket.state, ticket.channel, ticket.contact.email) == ("new", "web", "guest@example.org")
    assert ticket.first_reply.due_at == ticket.next_due_at == riyadh("04-07 16:00")
    assert ticket.solution is None
    assert states_of(ticket) == [("new", "person")]
    assert ticket.secret_hash == hash_of(token_of(ticket))
    assert opened_by(token_of(ticket)) == ticket
    message = Message.objects.get()
    assert (message.template, message.contact, message.language) == ("tickets/receipt", ticket.contact, "en")
    for words in (ticket.reference, token_of(ticket), "It has been dark for a week.", "7 April 2026"):
        assert words in message.text
    trail = Trail.objects.get(action="ticket.opened")
    assert (trail.target_key, trail.data) == (ticket.code, {"mover": "person"})


def test_what_opens_a_request_is_not_kept_once_it_is_sent(ask):
    token = token_of(ask())
    deliver_due()
    assert token in mail.outbox[0].body
    assert Message.objects.get().text == ""


def test_the_same_form_twice_is_one_request(clock, ask):
    first, second = ask(once="form-1"), ask(once="form-1")
    assert first == second
    assert (Ticket.objects.count(), first.entries.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": " \u200b "}, "subject"),
        ({"subject": "s" * 151}, "subject"),
        ({"text": "\u2063\n"}, "blank"),
        ({"text": "w" * 10_001}, "long"),
        ({"files": [None] * 6}, "files"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_stays(clock, ask, changes, reason):
    with pytest.raises(TicketRefused) as refused:
        ask(**changes)
    assert refused.value.reason == reason
    assert Ticket.objects.count() == 0


def test_somebody_has_to_be_answered(clock, ask):
    with pytest.raises(TicketRefused, match="sender"):
        ask(sender=Sender(name="Nobody"))


def test_the_address_of_a_guest_joins_no_account(clock, ask):
    person = PersonFactory(email="known@example.org")
    ticket = ask(sender=Sender(email="Known@example.org"))
    assert ticket.person is None
    assert ticket.contact.email == "Known@example.org"
    assert not Ticket.objects.visible_to(person).exists()


def test_a_stranger_changes_nothing_of_a_contact(clock, ask):
    known = ContactFactory(email="guest@example.org", display_name="Huda", language="ar")
    ticket = ask(sender=Sender(email="guest@example.org", name="Somebody else"), language="zh-hans")
    known.refresh_from_db()
    assert ticket.contact == known
    assert (known.display_name, known.language, ticket.sender_name) == ("Huda", "ar", "Somebody else")
    assert Message.objects.get().language == "zh-hans"


def test_a_service_decides_the_body(clock, body):
    from portal.pages.models import Service

    other = OrganisationFactory()
    service = Service.objects.create(code="lights", name_en="Street lights", organisation=other)
    asked = Asked(TicketKind.ENQUIRY, "Dark", "Dark", "en", body, service=service)
    assert open_ticket(asked, Sender(email="g@example.org")).ticket.organisation == other


def test_a_person_sees_their_own_and_a_contact_those_of_the_organisation(clock, ask):
    mine, theirs, company = PersonFactory(), PersonFactory(), OrganisationFactory(kind="company")
    MembershipFactory(person=theirs, organisation=company, role=Role.CONTACT)
    own = ask(sender=Sender(person=mine))
    spoken = ask(sender=Sender(person=mine, speaks_for=company))
    ask(sender=Sender(email="stranger@example.org"))
    spam = ask(sender=Sender(person=mine))
    Ticket.objects.filter(pk=spam.pk).update(state="spam")
    assert set(Ticket.objects.visible_to(mine)) == {own, spoken}
    assert set(Ticket.objects.visible_to(theirs)) == {spoken}


def test_the_first_reply_keeps_the_promise_and_solves(clock, ask, agent):
    ticket = ask()
    clock.at("04-07 16:00")
    entry = desk.reply(ticket, "It is repaired.", by=agent, then=TicketState.SOLVED)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.solved_at, ticket.next_due_at) == ("solved", riyadh("04-07 16:00"), None)
    assert ticket.first_reply.was_kept
    assert not Breach.objects.exists()
    assert states_of(ticket) == [("new", "person"), ("solved", "staff")]
    told = Message.objects.get(template="tickets/reply")
    assert "It is repaired." in told.text
    assert entry.author == agent
    assert ticket.assignee == agent


def test_a_second_too_late_is_a_breach_at_the_due_moment(clock, ask, agent):
    ticket = ask()
    clock.at("04-07 16:00:01")
    desk.reply(ticket, "Sorry.", by=agent)
    assert Breach.objects.get().due_at == riyadh("04-07 16:00")


def test_a_note_and_what_the_person_writes_keep_no_promise(clock, ask, agent):
    ticket = ask()
    desk.note(ticket, "She called twice.", by=agent)
    asking.add_message(ticket, "Hello?", person=None)
    ticket.refresh_from_db()
    assert ticket.first_reply.met_at is None
    assert [entry.kind for entry in ticket.entries.public().in_order()] == ["message", "message"]
    assert not Message.objects.filter(template="tickets/reply").exists()


def test_waiting_stops_the_clock_by_the_agreed_case(clock, body, ask, agent):
    """Case 12: waiting Sunday 11:00 to 13:00 moves two working days to Wednesday 10:00."""
    from portal.calendars.choices import Level
    from portal.calendars.models import ServiceLevel

    ServiceLevel.objects.create(
        organisation=body, level=Level.ENQUIRY, reply_amount=1, reply_unit="working_days", solution_amount=2,
        solution_unit="working_days",
    )  # fmt: skip
    ticket = ask()
    clock.at("04-05 11:00")
    desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
    assert due(ticket) is None
    clock.at("04-05 13:00")
    asking.add_message(ticket, "Palm Street.", person=None)
    ticket.refresh_from_db()
    assert ticket.first_reply.met_at == riyadh("04-05 11:00")
    assert (ticket.state, ticket.next_due_at) == ("open", riyadh("04-08 10:00"))


def test_reopening_resumes_what_was_left(clock, ask, agent):
    """Case 15: solved Monday 12:00, reopened Wednesday 09:00: due Thursday 13:00."""
    ticket = ask()
    clock.at("04-06 12:00")
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    clock.at("04-08 09:00")
    asking.add_message(ticket, "It is dark again.", person=None)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at, ticket.solved_at) == ("reopened", riyadh("04-09 13:00"), None)
    assert states_of(ticket)[-1] == ("reopened", "person")


def test_reopening_ends_after_thirty_days_to_the_second(clock, ask, agent):
    ticket = ask()
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    clock.add(days=30)
    asking.add_message(ticket, "One more thing.", person=None)
    desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
    clock.add(days=30, seconds=1)
    with pytest.raises(TicketRefused, match="over"):
        asking.add_message(ticket, "Too late.", person=None)
    assert ticket.entries.filter(text="Too late.").count() == 0


def test_closed_unanswered_is_asked_for_no_more_and_no_breach(clock, ask):
    ticket = ask()
    asking.close_by_sender(ticket, person=None)
    assert due(ticket) is None
    assert ticket.first_reply.dropped_at is not None
    clock.at("04-06 09:30")
    asking.add_message(ticket, "It came back.", person=None)
    ticket.refresh_from_db()
    # Everything but the day it was closed is left.
    assert (ticket.state, ticket.next_due_at) == ("reopened", riyadh("04-08 16:00"))
    assert not Breach.objects.exists()


def test_an_extension_is_told_with_its_reason_and_moves_the_promise(clock, ask, agent):
    """Case 16: five working days more."""
    ticket = ask()
    desk.extend(ticket, days=5, reason="The part has to be ordered.", by=agent)
    assert due(ticket) == riyadh("04-14 16:00")
    told = Message.objects.get(template="tickets/extended")
    assert "The part has to be ordered." in told.text
    with pytest.raises(TicketRefused, match="blank"):
        desk.extend(ticket, days=5, reason=" ", by=agent)


def test_another_kind_never_moves_a_promise_later(clock, ask, agent):
    """Case 17: 72 hours of Thursday 15:00, a complaint since Saturday: Sunday 15:00 stands."""
    clock.at("04-09 15:00")
    ticket = ask(TicketKind.SUGGESTION)
    assert ticket.next_due_at == riyadh("04-12 15:00")
    clock.at("04-11 12:00")
    desk.change_kind(ticket, TicketKind.COMPLAINT, by=agent)
    assert due(ticket) == riyadh("04-12 15:00")
    assert ticket.first_reply.level == "complaint"
    assert ticket.first_reply.promises.count() == 2


def test_handed_over_it_is_the_other_bodys_alone_and_the_person_is_told(clock, ask, agent):
    other = OrganisationFactory(name_en="Roads")
    theirs = staff(Role.AGENT, other)
    ticket = ask()
    desk.assign(ticket, to=agent, by=agent)
    desk.hand_over(ticket, other, by=agent, reason="Roads look after lights.")
    ticket.refresh_from_db()
    assert (ticket.organisation, ticket.assignee, ticket.first_reply.organisation) == (other, None, other)
    assert ticket.next_due_at <= riyadh("04-07 16:00")
    assert list(Ticket.objects.for_desk(agent)) == []
    assert list(Ticket.objects.for_desk(theirs)) == [ticket]
    with pytest.raises(TicketRefused, match="forbidden"):
        desk.reply(ticket, "Still me.", by=agent)
    assert "Roads look after lights." in Message.objects.get(template="tickets/handed_over").text


def test_handed_over_the_new_body_is_told_and_finds_what_was_said(clock, ask, agent):
    from tickets.choices import EntryKind

    other = OrganisationFactory(name_en="Roads")
    theirs, elsewhere = staff(Role.AGENT, other), staff(Role.AGENT, OrganisationFactory())
    ticket = ask(TicketKind.EMERGENCY)
    desk.note(ticket, "She called twice.", by=agent)
    desk.hand_over(ticket, other, by=agent, reason="Roads look after lights.")
    told = Message.objects.filter(template="tickets/staff_handed_over")
    assert [message.address for message in told] == [theirs.email]
    assert elsewhere.email not in told[0].text
    # Never the words of the person, nor the secret link.
    assert ticket.reference in told[0].text
    assert "It has been dark for a week." not in told[0].text
    assert token_of(ticket) not in told[0].text
    entries = list(ticket.entries.order_by("pk").values_list("kind", "text"))
    assert entries[:2] == [(EntryKind.MESSAGE, "It has been dark for a week."), (EntryKind.NOTE, "She called twice.")]
    assert entries[2][0] == EntryKind.NOTE
    assert entries[2][1].endswith(":\n\nRoads look after lights.")
    assert [step for step, _mover in states_of(ticket)] == ["new"]
    assert ticket.first_reply.promises.filter(number=1).exists()


def test_two_agents_never_answer_one_request(clock, body, ask, agent):
    colleague, ticket = staff(Role.AGENT, body), ask()
    desk.claim(ticket, by=agent)
    with pytest.raises(desk.TicketTaken) as taken:
        desk.reply(ticket, "Me too.", by=colleague)
    assert taken.value.by == agent
    clock.add(minutes=20)
    desk.reply(ticket, "Now I may.", by=colleague)
    assert ticket.entries.filter(kind="reply").count() == 1


def test_expired_claims_are_cleared(clock, ask, agent):
    ticket = ask()
    desk.claim(ticket, by=agent)
    clock.add(minutes=19, seconds=59)
    assert desk.release_expired() == 0
    clock.add(seconds=1)
    assert desk.release_expired() == 1


def test_only_who_answers_for_the_body_is_given_its_requests(clock, ask, agent):
    stranger, ticket = staff(Role.AGENT, OrganisationFactory()), ask()
    with pytest.raises(TicketRefused, match="assignee"):
        desk.assign(ticket, to=stranger, by=agent)
    with pytest.raises(TicketRefused, match="forbidden"):
        desk.assign(ticket, to=stranger, by=stranger)
    moderator = staff(Role.MODERATOR, ticket.organisation)
    with pytest.raises(TicketRefused, match="forbidden"):
        desk.reply(ticket, "Not mine.", by=moderator)


def test_joined_requests_go_on_in_one(clock, ask, agent):
    first, second = ask(), ask()
    desk.merge(second, first, by=agent)
    second.refresh_from_db()
    assert (second.state, second.merged_into, second.next_due_at) == ("merged", first, None)
    asking.add_message(second, "More about it.", person=None)
    assert first.entries.filter(text="More about it.").exists()
    message = Message.objects.get(template="tickets/merged")
    assert second.reference in message.text
    assert first.reference in message.text
    assert token_of(first) in message.text
    with pytest.raises(TicketRefused, match="merge"):
        desk.merge(first, first, by=agent)


def test_joining_never_loses_the_earlier_promise(clock, ask, agent):
    first = ask()
    clock.add(days=1)
    second = ask()
    with pytest.raises(TicketRefused, match="promise"):
        desk.merge(first, second, by=agent)
    first.refresh_from_db()
    assert (first.state, first.next_due_at) == ("new", riyadh("04-07 16:00"))
    desk.merge(second, first, by=agent)
    second.refresh_from_db()
    assert (second.state, second.first_reply.dropped_at) == ("merged", clock.moment)


def test_how_it_went_is_asked_for_each_end(clock, ask, agent):
    from tickets.models import Rating
    from tickets.services.rating import rate

    ticket = ask()
    for score in (2, 5):
        desk.reply(ticket, "Done.", by=agent, then=TicketState.SOLVED)
        rate(ticket, score)
        clock.add(days=1)
        asking.add_message(ticket, "It is dark again.", person=None)
        with pytest.raises(TicketRefused, match="state"):
            rate(ticket, 1)
    assert list(Rating.objects.order_by("pk").values_list("score", flat=True)) == [2, 5]


def test_requests_of_two_people_are_never_joined(clock, ask, agent):
    first, second = ask(), ask(sender=Sender(email="other@example.org"))
    with pytest.raises(TicketRefused, match="merge"):
        desk.merge(second, first, by=agent)


def test_solving_and_waiting_need_a_word_to_the_person(clock, ask, agent):
    ticket = ask()
    for state in (TicketState.SOLVED, TicketState.WAITING, TicketState.MERGED):
        with pytest.raises(TicketRefused, match="state"):
            desk.set_state(ticket, state, by=agent)
    desk.set_state(ticket, TicketState.SPAM, by=agent)
    assert due(ticket) is None
    desk.set_state(ticket, TicketState.OPEN, by=agent)
    assert due(ticket) == riyadh("04-07 16:00")


def with_solution(ticket):
    """Give a request a second promise, as bodies do that set one."""
    ticket.solution = promise(Level.ENQUIRY, body=ticket.organisation, start=ticket.created_at, target=Target.SOLUTION)
    ticket.solution.due_at = riyadh("04-09 16:00")
    ticket.solution.save()
    ticket.save()
    return ticket


def test_a_request_taken_for_spam_by_mistake_keeps_both_its_promises(clock, ask, agent):
    ticket = with_solution(ask())
    clock.add(days=1)
    desk.set_state(ticket, TicketState.SPAM, by=agent)
    clock.add(hours=5)
    desk.set_state(ticket, TicketState.OPEN, by=agent)
    ticket.refresh_from_db()
    assert (ticket.first_reply.due_at, ticket.solution.due_at) == (riyadh("04-07 16:00"), riyadh("04-09 16:00"))
    assert (ticket.first_reply.dropped_at, ticket.solution.dropped_at) == (None, None)
    assert ticket.next_due_at == riyadh("04-07 16:00")


def test_a_mistake_found_after_the_promise_is_a_breach_of_its_moment(clock, ask, agent):
    ticket = ask()
    desk.set_state(ticket, TicketState.SPAM, by=agent)
    clock.at("04-07 16:01")
    record_breaches()
    assert Breach.objects.count() == 0
    desk.set_state(ticket, TicketState.OPEN, by=agent)
    record_breaches()
    assert list(Breach.objects.values_list("due_at", flat=True)) == [riyadh("04-07 16:00")]


def test_waiting_before_the_mistake_still_counts(clock, ask, agent):
    ticket = ask()
    desk.reply(ticket, "Which street?", by=agent, then=TicketState.OPEN)
    ticket = with_solution(ticket)
    desk.reply(ticket, "And which house?", by=agent, then=TicketState.WAITING)
    clock.at("04-06 09:30")
    desk.set_state(ticket, TicketState.SPAM, by=agent)
    ticket.refresh_from_db()
    moved = ticket.solution.due_at
    clock.at("04-07 09:30")
    desk.set_state(ticket, TicketState.OPEN, by=agent)
    ticket.refresh_from_db()
    assert (ticket.solution.due_at, ticket.solution.dropped_at) == (moved, None)
    assert ticket.first_reply.is_met


def test_what_was_closed_unanswered_and_reopened_promises_a_first_reply_again(clock, ask, agent):
    ticket = with_solution(ask())
    asking.close_by_sender(ticket, person=None)
    clock.add(hours=2)
    asking.add_message(ticket, "It is dark all the same.", person=None)
    ticket.refresh_from_db()
    assert (ticket.first_reply.dropped_at, ticket.solution.dropped_at) == (None, None)
    assert ticket.next_due_at == min(ticket.first_reply.due_at, ticket.solution.due_at)


def test_a_call_is_the_persons_word_written_down_by_staff(clock, ask, agent):
    ticket = ask()
    desk.reply(ticket, "Which street?", by=agent, then=TicketState.WAITING)
    entry = desk.log(ticket, "Palm Street, she says.", by=agent, channel=Channel.PHONE)
    ticket.refresh_from_db()
    assert (entry.kind, entry.channel, entry.author, ticket.state) == ("message", "phone", agent, "open")


def test_a_new_link_makes_the_old_useless(clock, ask):
    ticket = ask()
    old = token_of(ticket)
    new = replace_link(ticket, by=None)
    assert opened_by(old) is None
    assert opened_by(new) == ticket
    assert new != old


def test_the_erased_leave_times_and_no_words(clock, ask, agent):
    from tickets.selectors.personal import requests_of
    from tickets.services.erasure import erase_requests_of

    person = PersonFactory()
    ticket, other = ask(sender=Sender(person=person, phone="+966500000001")), ask()
    desk.note(ticket, "A note.", by=agent)
    exported = requests_of(person)
    assert [entry["text"] for entry in exported[0]["conversation"]] == ["It has been dark for a week."]
    erase_requests_of(person)
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.phone, ticket.secret_hash) == ("", "", None)
    assert list(ticket.entries.order_by("pk").values_list("text", flat=True)) == ["", "A note."]
    assert other.entries.get().text == "It has been dark for a week."
