"""The account's pages: what was told, and what one chooses to be told."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.choices import Frequency
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from portal.messaging.choices import Way
from portal.notifications.choices import ON_SITE, Choice, NoticeState, Rhythm, Subject
from portal.notifications.models import Follow, Notice, Preference, Wishes
from portal.notifications.selectors import choices_of, wishes_of
from tests.factories import ConsultationFactory, PersonFactory
from tests.notifications.conftest import HIDDEN

pytestmark = pytest.mark.django_db
LIST, CHOICES = "/en/account/notices/", "/en/account/notifications/"


@pytest.fixture
def person(db):
    return PersonFactory(language="ar")


@pytest.fixture
def client(person):
    made = Client()
    made.force_login(person)
    return made


def notice(person, key="a", *, number=0, **fields):
    values = {"subject": "replies", "event": "replied", "kind": "thing", "state": NoticeState.SITE, **fields}
    return Notice.objects.create(person=person, key=key, once=f"{key}-{number}-{values['event']}", **values)


def shown(client, url=LIST):
    return client.get(url).content.decode()


class TestList:
    def test_shows_what_is_new_and_what_was_read_the_newest_first(self, client, person):
        notice(person, "a", read_at=timezone.now())
        newer = notice(person, "b")
        page = shown(client)
        assert page.index("en: replied b") < page.index("en: replied a")
        assert page.count('class="is-unread"') == 1
        assert f'href="/en/account/notices/{newer.pk}/"' in page
        assert "1 is new" in page

    def test_shows_nothing_of_others_and_nothing_hidden(self, client, person):
        notice(PersonFactory(), "a")
        notice(person, "b")
        HIDDEN.add("b")
        assert "replied" not in shown(client)

    def test_says_what_to_do_where_there_is_nothing(self, client):
        page = shown(client)
        assert "Nothing to tell you yet" in page
        assert "Mark all as read" not in page

    def test_goes_on_page_by_page(self, client, person):
        for number in range(21):
            notice(person, "abc"[number % 3], number=number)
        first = client.get(LIST)
        assert first.content.decode().count("/account/notices/") >= 20
        assert len(first.context["page"].items) == 20
        second = client.get(f"{LIST}?before={first.context['page'].before}")
        assert len(second.context["page"].items) == 1
        assert second.context["page"].before is None

    @pytest.mark.parametrize("before", ["x", "-1", "", "0", "٣", "9" * 18, "9" * 40, "1' or 1=1"])
    def test_takes_any_address(self, client, person, before):
        notice(person)
        assert client.get(LIST, {"before": before}).status_code == 200

    def test_needs_the_same_queries_for_three_as_for_one(self, client, person, django_assert_num_queries):
        notice(person)
        client.get(LIST)
        with django_assert_num_queries(5):
            client.get(LIST)
        for number in range(2):
            notice(person, number=number + 1)
        with django_assert_num_queries(5):
            client.get(LIST)

    def test_is_for_people_with_an_account(self):
        for url in (LIST, CHOICES, f"{LIST}1/", "/en/account/notifications/number/"):
            assert "/en/account/login/" in Client().get(url)["Location"]


class TestReading:
    def test_opening_one_marks_it_and_leads_to_what_it_tells_of(self, client, person):
        one, other = notice(person, "a"), notice(person, "b")
        assert client.get(f"{LIST}{one.pk}/")["Location"] == "/en/things/a/"
        assert set(Notice.objects.filter(read_at=None)) == {other}

    def test_a_browser_that_only_looks_ahead_marks_nothing(self, client, person):
        one = notice(person)
        client.get(f"{LIST}{one.pk}/", headers={"sec-purpose": "prefetch;prerender"})
        client.head(f"{LIST}{one.pk}/")
        assert Notice.objects.get().read_at is None

    def test_what_is_hidden_by_now_is_said(self, client, person):
        one = notice(person)
        HIDDEN.add("a")
        answer = client.get(f"{LIST}{one.pk}/", follow=True)
        assert "is not shown any more" in answer.content.decode()

    def test_nobody_opens_what_another_was_told(self, client):
        other = notice(PersonFactory())
        for pk in (other.pk, other.pk + 1, 10**25):
            assert client.get(f"{LIST}{pk}/").status_code == 404
        assert Notice.objects.get().read_at is None

    def test_all_that_was_shown_is_marked_and_what_came_since_stays_new(self, client, person):
        stranger = notice(PersonFactory())
        first, second = notice(person, "a"), notice(person, "b")
        since = notice(person, "c")
        client.post(f"{LIST}read/", {"newest": second.pk})
        assert set(Notice.objects.filter(read_at=None)) == {stranger, since}
        assert first.pk < second.pk

    @pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 40])
    def test_and_nothing_by_a_broken_form(self, client, person, newest):
        notice(person)
        assert client.post(f"{LIST}read/", {"newest": newest}).status_code == 302
        assert Notice.objects.get().read_at is None

    def test_a_get_marks_nothing(self, client, person):
        notice(person)
        assert client.get(f"{LIST}read/").status_code == 405


class TestBell:
    def bell(self, client):
        return shown(client, "/en/account/").partition('class="btn btn-quiet bell"')[2].partition("</a>")[0]

    def test_says_how_many_are_new_to_eye_and_ear(self, client, person):
        assert "bell-count" not in self.bell(client)
        notice(person)
        assert ">1</span>" in self.bell(client)
        assert "Notifications: 1 is new" in self.bell(client)
        notice(person, number=1)
        assert "Notifications: 2 are new" in self.bell(client)

    def test_counts_to_ninety_nine(self, client, person):
        Notice.objects.bulk_create(
            Notice(person=person, subject="replies", event="replied", once=str(n), state="site") for n in range(100)
        )
        assert ">99+</span>" in self.bell(client)
        assert "Notifications: more than 99 are new" in self.bell(client)

    def test_visitors_have_none(self):
        assert "bell" not in Client().get("/en/account/login/").content.decode()


def answers(**changes):
    return {
        "replies_when": "at_once",
        "followed_when": "daily",
        "outcomes_when": "at_once",
        "quiet_from": "21",
        "quiet_to": "7",
        "daily_hour": "8",
        "weekly_day": "6",
        "language": "ar",
        **changes,
    }


class TestChoices:
    def test_shows_what_holds_now(self, client, person):
        form = client.get(CHOICES).context["form"]
        assert {name: form[name].value() for name in form.fields} == answers()

    def test_keeps_what_is_chosen(self, client, person):
        answer = client.post(
            CHOICES,
            answers(
                replies_when="weekly",
                followed_when="never",
                quiet_from="22",
                quiet_to="6",
                daily_hour="18",
                weekly_day="0",
                language="zh-hans",
            ),
        )
        assert answer["Location"] == CHOICES
        chosen, wishes = choices_of(person), wishes_of(person)
        assert chosen[Subject.REPLIES] == Choice(Way.EMAIL, Rhythm.WEEKLY)
        assert chosen[Subject.FOLLOWED] == ON_SITE
        assert (wishes.quiet_from, wishes.quiet_to) == (time(22), time(6))
        assert (wishes.daily_hour, wishes.weekly_day) == (18, 0)
        person.refresh_from_db()
        assert person.language == "zh-hans"
        form = client.get(CHOICES).context["form"]
        assert (form["followed_when"].value(), form["quiet_from"].value()) == ("never", "22")

    def test_a_choice_that_stays_as_it_is_by_default_is_not_written(self, client):
        client.post(CHOICES, answers(replies_when="weekly"))
        assert list(Preference.objects.values_list("subject", flat=True)) == ["replies"]

    def test_back_from_the_portal_alone_comes_by_mail(self, client, person):
        client.post(CHOICES, answers(followed_when="never"))
        client.post(CHOICES, answers(followed_when="weekly"))
        assert choices_of(person)[Subject.FOLLOWED] == Choice(Way.EMAIL, Rhythm.WEEKLY)

    def test_without_quiet_hours(self, client, person):
        client.post(CHOICES, answers(quiet_from="none", quiet_to="9"))
        wishes = wishes_of(person)
        assert wishes.quiet_from == wishes.quiet_to
        assert client.get(CHOICES).context["form"]["quiet_from"].value() == "none"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("replies_when", "hourly"),
            ("replies_when", ""),
            ("quiet_from", "24"),
            ("quiet_to", "none"),
            ("daily_hour", "-1"),
            ("weekly_day", "7"),
            ("language", "fr"),
        ],
    )
    def test_what_there_is_not_is_refused_and_nothing_kept(self, client, person, field, value):
        answer = client.post(CHOICES, answers(followed_when="weekly", **{field: value}))
        assert answer.status_code == 422
        assert "Choose from the list." in answer.content.decode()
        assert answer.context["form"]["followed_when"].value() == "weekly"
        assert not Preference.objects.exists()
        assert not Wishes.objects.exists()

    def test_decisions_cannot_be_switched_off(self, client, person):
        before = choices_of(person)
        client.post(CHOICES, answers(decisions_when="never", requests_when="never"))
        assert choices_of(person) == before
        assert "it cannot be switched off" in shown(client, CHOICES)

    def test_ways_are_asked_for_once_a_number_is_confirmed(self, client, person, settings):
        settings.DEMO = True
        assert "replies_how" not in client.get(CHOICES).context["form"].fields
        Wishes.objects.create(person=person, phone="+966512345678")
        form = client.get(CHOICES).context["form"]
        assert form["replies_how"].value() == "email"
        assert [value for value, _label in form.fields["requests_how"].choices] == ["email", "sms", "whatsapp"]
        how = {f"{subject}_how": "email" for subject in ("replies", "followed", "outcomes", "requests")}
        client.post(CHOICES, answers(**how | {"replies_how": "whatsapp", "requests_how": "sms"}))
        chosen = choices_of(person)
        assert chosen[Subject.REPLIES] == Choice(Way.WHATSAPP, Rhythm.AT_ONCE)
        assert chosen[Subject.REQUESTS] == Choice(Way.SMS, Rhythm.AT_ONCE)
        assert chosen[Subject.OUTCOMES] == Choice(Way.EMAIL, Rhythm.AT_ONCE)

    def test_a_way_that_is_switched_off_is_not_offered_and_the_choice_stays(self, client, person, settings):
        settings.DEMO = True
        Wishes.objects.create(person=person, phone="+966512345678")
        Preference.objects.create(person=person, subject="replies", way="sms", rhythm="daily")
        settings.DEMO = False
        assert "replies_how" not in client.get(CHOICES).context["form"].fields
        client.post(CHOICES, answers(replies_when="daily"))
        assert choices_of(person)[Subject.REPLIES] == Choice(Way.SMS, Rhythm.DAILY)

    def test_shows_what_is_followed_with_a_way_to_stop(self, client, person):
        consultation = ConsultationFactory(title_en="Parks <b>")
        for kind, key in (("consultation", consultation.code), ("consultation", "gone"), ("nothing", "x")):
            Follow.objects.create(person=person, kind=kind, key=key)
        page = shown(client, CHOICES)
        assert "<bdi>Parks &lt;b&gt;</bdi>" in page
        assert page.count("No longer public") == 2
        assert page.count('name="stop"') == 3
        client.post("/en/account/follow/nothing/x/", {"stop": "1"})
        assert Follow.objects.count() == 2

    def test_needs_the_same_queries_for_three_follows_as_for_one(self, client, person, django_assert_num_queries):
        def one_more():
            Follow.objects.create(person=person, kind="consultation", key=ConsultationFactory().code)

        one_more()
        client.get(CHOICES)
        with django_assert_num_queries(9):
            client.get(CHOICES)
        one_more()
        one_more()
        with django_assert_num_queries(9):
            client.get(CHOICES)

    @pytest.mark.parametrize(
        ("frequency", "sentence"),
        [(None, "You are not subscribed."), (Frequency.WEEKLY, "It comes every Monday.")],
    )
    def test_says_how_it_is_with_the_newsletter(self, client, person, frequency, sentence):
        if frequency:
            subscribing.subscribe_person(person, Wish(language="ar", frequency=frequency))
        page = shown(client, CHOICES)
        assert sentence in page
        assert 'href="/en/newsletter/mine/"' in page

    def test_what_waits_goes_by_the_new_choice(self, client, person):
        waits = notice(person, state=NoticeState.WAITING, due_at=timezone.now() + timedelta(days=1))
        client.post(CHOICES, answers(replies_when="never"))
        waits.refresh_from_db()
        assert (waits.state, waits.due_at) == ("site", None)
