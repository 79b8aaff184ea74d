"""What of their requests people find among their notices, beside the message that tells them."""

import pytest
from django.utils.translation import override

from portal.messaging.choices import Way
from portal.messaging.models import Message
from portal.notifications.choices import Rhythm, Subject
from portal.notifications.models import Notice, Wishes
from portal.notifications.services import set_preference
from tests.factories import OrganisationFactory, PersonFactory
from tickets.choices import TicketState
from tickets.forms.asking import AskForm
from tickets.models import Ticket
from tickets.selectors.notices import SENTENCES, shown_requests
from tickets.services import desk
from tickets.services.asking import Sender
from tickets.services.reminders import tell_how_it_stands

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def person(db):
    return PersonFactory()


@pytest.fixture
def ticket(clock, ask, person):
    return ask(sender=Sender(person=person))


def told():
    return [(one.person_id, one.data["what"], one.state, one.due_at) for one in Notice.objects.order_by("pk")]


def test_whoever_has_just_asked_is_told_nothing_besides(ticket):
    assert Message.objects.filter(template="tickets/receipt").count() == 1
    assert told() == []


@pytest.mark.parametrize(
    ("then", "what"),
    [(None, "reply"), (TicketState.WAITING, "question"), (TicketState.SOLVED, "solved")],
)
def test_a_reply_is_noted_as_told_by_its_own_message(ticket, agent, person, then, what):
    desk.reply(ticket, "It is repaired.", by=agent, **({"then": then} if then else {}))
    assert told() == [(person.pk, what, "told", None)]
    assert Message.objects.filter(template="tickets/reply").count() == 1


def test_what_happens_twice_is_noted_twice(ticket, agent):
    for _ in range(2):
        desk.extend(ticket, days=1, reason="The part has to be ordered.", by=agent)
    assert [what for _person, what, _state, _due in told()] == ["extended", "extended"]


def test_hand_over_and_progress_are_noted(clock, ticket, agent):
    desk.hand_over(ticket, OrganisationFactory(), by=agent, reason="Roads look after lights.")
    clock.add(days=8)
    tell_how_it_stands()
    assert [what for _person, what, _state, _due in told()] == ["handed_over", "progress"]


def test_guests_have_no_notices(clock, ask, agent):
    desk.reply(ask(), "It is repaired.", by=agent)
    assert told() == []


class TestHowItReads:
    def shown(self, person):
        return list(shown_requests(list(Notice.objects.all()), person).values())

    def test_names_the_request_and_leads_to_it(self, ticket, agent, person):
        desk.reply(ticket, "It is repaired.", by=agent)
        (found,) = self.shown(person)
        assert found.sentence == (
            f"There is an answer to your request “\u2068A street light\u2069” (\u2068{ticket.reference}\u2069)."
        )
        assert found.path == f"/en/support/mine/{ticket.code}/"

    def test_nobody_sees_a_request_of_somebody_else(self, ticket, agent):
        desk.reply(ticket, "It is repaired.", by=agent)
        assert self.shown(PersonFactory()) == []

    def test_what_cannot_be_opened_any_more_is_left_out(self, ticket, agent, person):
        desk.reply(ticket, "It is repaired.", by=agent)
        Ticket.objects.update(state="spam")
        assert self.shown(person) == []

    @pytest.mark.parametrize("what", SENTENCES)
    def test_every_sentence_names_the_request(self, ticket, person, what):
        notice = Notice(pk=1, person=person, event="request", key=ticket.code, data={"what": what})
        assert f"“\u2068A street light\u2069” (\u2068{ticket.reference}\u2069)" in (
            shown_requests([notice], person)[1].sentence
        )

    def test_three_need_the_queries_of_one(self, clock, ask, person, django_assert_num_queries):
        codes = [ask(sender=Sender(person=person), subject=f"Light {n}").code for n in range(3)]
        notices = [Notice(pk=n, event="request", key=code, data={"what": "reply"}) for n, code in enumerate(codes)]
        # Whose requests somebody may see is asked once.
        shown_requests(notices, person)
        for some in (notices[:1], notices):
            with django_assert_num_queries(1):
                assert len(shown_requests(some, person)) == len(some)


class TestUsualWay:
    def test_the_form_offers_the_way_that_was_chosen_for_requests(self, person, settings):
        settings.DEMO = True
        Wishes.objects.create(person=person, phone="+966512345678")
        set_preference(person, Subject.REQUESTS, Way.SMS, Rhythm.AT_ONCE)
        form = AskForm(user=person)
        assert (form["reply_by"].value(), form["phone"].value()) == ("sms", "+966512345678")

    def test_and_mail_where_that_way_is_switched_off(self, person, settings):
        settings.DEMO = True
        Wishes.objects.create(person=person, phone="+966512345678")
        set_preference(person, Subject.REQUESTS, Way.SMS, Rhythm.AT_ONCE)
        settings.DEMO = False
        form = AskForm(user=person)
        assert (form["reply_by"].value(), form["phone"].value()) == ("email", None)
