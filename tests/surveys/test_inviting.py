"""Inviting: whom, how often, how many answered, and what a link lets its owner do."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.accounts.services.guests import erase_guest
from portal.mailings.choices import DeliveryState, Reason
from portal.mailings.models import Delivery
from portal.mailings.services import control, sending, suppression
from portal.registry.audiences import Audience, audiences
from surveys.choices import Act, LeftOut, Mode, SendingKind, SendingState
from surveys.choices import Audience as Who
from surveys.models import Draft, Invitee, ListedAddress, NoInvitations, Participation, Survey
from surveys.rules.inviting import hash_of_token, may_be_invited, new_nonce, token_for, token_of
from surveys.selectors.audiences import people_as_audience
from surveys.selectors.inviting import invitee_of, left_out, response
from surveys.selectors.structure import questionnaire_in
from surveys.services import erasure, inviting
from surveys.services.answering import PageSent, save_page
from surveys.services.drafts import AnsweringRefused, begin
from surveys.services.handing_in import hand_in
from surveys.services.refusals import SurveyRefused
from surveys.services.states import move
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory, PersonFactory, staff
from tests.surveys.factories import editor_of, past, published, standard

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
HOSTILE = '"><script>alert(1)</script>\u202e'


@pytest.fixture
def everybody(monkeypatch):
    """Register an audience of all people whose display name begins with “Reader”."""
    entry = Audience("Readers", "", rows=lambda parameters: people_as_audience(readers()))
    monkeypatch.setitem(audiences._entries, "readers", entry)


def readers():
    return Person.objects.filter(display_name__startswith="Reader")


def people(count, **fields):
    return [PersonFactory(display_name=f"Reader {number}", **fields) for number in range(count)]


def invited_only(**fields):
    return published(standard(audience=Who.INVITED, **fields))


def drawn(survey, *, kind=SendingKind.FIRST, audience="readers", parameters=None, by=None):
    made = inviting.begin_sending(
        survey, by=by or editor_of(survey), audience=audience, parameters=parameters, kind=kind
    )
    inviting.draw(made.pk)
    made.refresh_from_db()
    return made


def confirmed(survey, **more):
    return inviting.confirm(drawn(survey, **more), by=editor_of(survey))


def delivered(made, relay_state=DeliveryState.SENT):
    """Say that all its copies were handed to the relay."""
    made.mailing.deliveries.filter(state=DeliveryState.QUEUED).update(state=relay_state)


def why(made):
    return dict(made.invitings.exclude(left_out="").values_list("invitee__address", "left_out"))


def token(invitee):
    return token_for(invitee.nonce, invitee.token_hash)


def answer(survey, invitee, user=NOBODY):
    begun = begin(survey, user=user, language="en", token_hash=invitee.token_hash)
    for page, fields in (("p1", {"ease": ["easy"]}), ("p2", {"ideas": ["more"]})):
        found = questionnaire_in(begun.draft.version).page(page)
        shown = frozenset(one.code for one in found.questions)
        save_page(begun.draft, begun.key, found, PageSent(fields, shown, {}), language="en")
    hand_in(begun.draft, begun.key, user=user, language="en")


def earlier(made, days):
    """Let a sending have gone out some days before."""
    made.invitings.filter(at__isnull=False).update(at=timezone.now() - timedelta(days=days))


class TestTokens:
    def test_they_are_of_256_bits_and_differ(self):
        found = {token_of(new_nonce()) for _ in range(200)}
        assert len(found) == 200
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in found)

    def test_a_new_key_of_the_server_changes_no_link(self, settings):
        nonce = new_nonce()
        before = token_of(nonce)
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 8
        assert token_of(nonce) != before
        assert token_for(nonce, hash_of_token(before)) == before
        settings.SECRET_KEY_FALLBACKS = []
        assert token_for(nonce, hash_of_token(before)) == ""

    @pytest.mark.parametrize("wrong", ["", "x", "x" * 43, "é" * 43, "x" * 5000, "\x00" * 43])
    def test_nobody_is_behind_what_was_made_up(self, wrong):
        assert invitee_of(wrong) is None

    def test_nothing_that_is_stored_is_the_token(self, everybody):
        people(1)
        made = confirmed(invited_only())
        secret = token(Invitee.objects.get())
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE %s', [f"%{secret}%"])
                assert cursor.fetchone() == (0,), table
        assert made.state == SendingState.SENT


@pytest.mark.parametrize(
    ("days", "asked", "may"), [(None, False, True), (6.99, False, False), (7, False, True), (1, True, True)]
)
def test_once_in_seven_days_unless_they_asked(days, asked, may):
    now = timezone.now()
    last = None if days is None else now - timedelta(days=days)
    assert may_be_invited(last, now, follows_request=asked) is may


class TestDrawing:
    def test_says_to_how_many_it_goes_and_writes_to_nobody(self, everybody):
        people(3)
        made = drawn(invited_only())
        assert (made.state, made.frozen_count, made.mailing) == (SendingState.DRAWN, 3, None)
        assert Delivery.objects.count() == 0

    def test_twice_draws_once(self, everybody):
        people(2)
        made = drawn(invited_only())
        inviting.draw(made.pk)
        assert made.invitings.count() == Invitee.objects.count() == 2

    def test_each_is_left_out_for_the_first_reason_that_holds(self, everybody):
        (busy,) = people(1)
        confirmed(invited_only())
        survey = invited_only(mode=Mode.IDENTIFIED, languages=["ar", "en"], languages_reason="A trial")
        fine, listed, stopped, answered, closed = people(5)
        (reads_chinese,) = people(1, language="zh-hans")
        suppression.suppress(listed.email, Reason.COMPLAINT)
        NoInvitations.objects.create(address_hash=suppression.hash_of(stopped.email_key))
        Participation.objects.create(survey=survey, person=answered)
        Person.objects.filter(pk=closed.pk).update(is_active=False)
        made = drawn(survey)
        assert why(made) == {
            listed.email: LeftOut.SUPPRESSED,
            stopped.email: LeftOut.STOPPED,
            answered.email: LeftOut.ANSWERED,
            busy.email: LeftOut.WEEK,
            reads_chinese.email: LeftOut.LANGUAGE,
        }
        assert list(made.invitings.chosen().values_list("invitee__address", flat=True)) == [fine.email]

    def test_an_account_that_was_closed_since_is_left_out_of_a_list(self):
        survey, closed = invited_only(), PersonFactory(is_active=False)
        stated = {"stated_by": "A", "stated_from": "B", "stated_on": timezone.localdate()}
        kept = inviting.keep_list(survey, [(closed.email, "en")], stated=stated, by=editor_of(survey))
        assert why(drawn(survey, audience="list", parameters={"list": kept.code})) == {closed.email: LeftOut.BLOCKED}

    def test_who_was_invited_to_it_before_is_only_reminded(self, everybody):
        people(2)
        survey = invited_only()
        earlier(confirmed(survey), 30)
        again = drawn(survey)
        assert set(why(again).values()) == {LeftOut.INVITED}
        assert again.frozen_count == 0

    def test_a_week_later_another_survey_may_invite_and_not_a_day_sooner(self, everybody):
        (reader,) = people(1)
        first = confirmed(invited_only())
        for days, count in ((6.9, 0), (7.1, 1)):
            earlier(first, days)
            assert drawn(invited_only()).frozen_count == count
        # A new address is the same person.
        earlier(first, 1)
        reader.email = "moved@example.org"
        reader.save()
        assert why(drawn(invited_only())) == {"moved@example.org": LeftOut.WEEK}

    def test_what_was_cancelled_before_it_went_out_counts_as_no_invitation(self, everybody):
        people(1)
        first = confirmed(invited_only())
        control.cancel(first.mailing, by=editor_of(first.survey))
        assert drawn(invited_only()).frozen_count == 1
        assert response(first.survey).invited == 0

    def test_a_list_is_kept_until_it_is_drawn_up_and_its_statement_for_good(self):
        survey = invited_only()
        known = PersonFactory(email="known@example.org", language="ar")
        lines = [("a@example.org", "en"), ("A@example.org", "ar"), (known.email, "en")]
        stated = {"stated_by": HOSTILE, "stated_from": "Fair", "stated_on": timezone.localdate()}
        kept = inviting.keep_list(survey, lines, stated=stated, refused=1, by=editor_of(survey))
        assert (kept.row_count, kept.refused_count, ListedAddress.objects.count()) == (2, 2, 2)
        made = drawn(survey, audience="list", parameters={"list": kept.code})
        assert ListedAddress.objects.count() == 0
        assert sorted(Invitee.objects.values_list("address", "language", "person")) == [
            ("a@example.org", "en", None),
            ("known@example.org", "ar", known.pk),
        ]
        assert made.frozen_count == 2

    def test_organisations_by_kind_or_name_and_contacts_or_all(self):
        survey, firm, club = (
            invited_only(),
            OrganisationFactory(kind="company"),
            OrganisationFactory(kind="association"),
        )
        one = MembershipFactory(organisation=firm, role=Role.CONTACT).person
        two = MembershipFactory(organisation=firm, role=Role.AGENT).person
        three = MembershipFactory(organisation=club, role=Role.CONTACT).person
        MembershipFactory(organisation=club, person=one, role=Role.CONTACT)

        def found(**parameters):
            rows = audiences["organisations"].rows(parameters)
            return sorted(rows.values_list("person_id", flat=True))

        assert found(whom="contacts", kinds=["company"]) == [one.pk]
        assert found(whom="members", kinds=["company"]) == sorted([one.pk, two.pk])
        assert found(whom="contacts", organisations=[str(club.pk)]) == sorted([one.pk, three.pk])
        assert drawn(survey, audience="organisations", parameters={"whom": "contacts"}).frozen_count == 2

    def test_only_editors_of_the_body_and_only_while_it_is_open(self, everybody):
        survey = invited_only()
        with pytest.raises(SurveyRefused):
            drawn(survey, by=staff(Role.EDITOR, OrganisationFactory()))
        with pytest.raises(SurveyRefused):
            drawn(survey, audience="no such thing")
        with pytest.raises(SurveyRefused):
            drawn(past(survey), by=editor_of(survey))
        with pytest.raises(SurveyRefused):
            drawn(standard(), by=None)


class TestConfirming:
    def test_goes_out_to_those_that_were_shown(self, everybody, relay):
        one, two = people(2)
        survey = invited_only()
        made = drawn(survey)
        people(1)
        made = inviting.confirm(made, by=editor_of(survey))
        assert made.frozen_count == 2
        control.tick()
        sending.send(made.mailing_id)
        assert sorted(relay.recipients) == sorted([one.email, two.email])

    def test_who_was_invited_elsewhere_meanwhile_is_left_out(self, everybody):
        people(2)
        first, second = drawn(invited_only()), drawn(invited_only())
        inviting.confirm(first, by=editor_of(first.survey))
        with pytest.raises(SurveyRefused, match="Nobody is left"):
            inviting.confirm(second, by=editor_of(second.survey))
        assert Delivery.objects.count() == 2

    def test_twice_is_refused(self, everybody):
        people(1)
        made = confirmed(invited_only())
        with pytest.raises(SurveyRefused):
            inviting.confirm(made, by=editor_of(made.survey))
        with pytest.raises(SurveyRefused):
            inviting.discard(made, by=editor_of(made.survey))

    def test_what_is_given_up_leaves_nobody(self, everybody):
        people(2)
        survey = invited_only()
        old = confirmed(survey)
        earlier(old, 8)
        people(1)
        inviting.discard(drawn(survey), by=editor_of(survey))
        assert Invitee.objects.count() == 2

    def test_before_it_opens_the_mail_waits_until_then(self, everybody):
        people(1)
        opens = timezone.now() + timedelta(days=2)
        made = confirmed(published(standard(audience=Who.INVITED, opens_at=opens)))
        assert made.mailing.start_at == opens


@pytest.mark.django_db(transaction=True)
def test_two_sendings_at_once_never_give_somebody_two(everybody):
    people(20)
    ready = [drawn(invited_only()) for _ in range(3)]
    by = [editor_of(one.survey) for one in ready]
    barrier, outcomes = Barrier(3), []

    def run(made, person):
        barrier.wait()
        try:
            outcomes.append(inviting.confirm(made, by=person).frozen_count)
        except SurveyRefused:
            outcomes.append(0)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in zip(ready, by, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [0, 0, 20]
    assert Delivery.objects.values("email_key").distinct().count() == Delivery.objects.count() == 20


class TestMail:
    def sent(self, relay, survey, **more):
        made = confirmed(survey, **more)
        control.tick()
        sending.send(made.mailing_id)
        return [message_from_bytes(one.content, policy=policy.default) for one in relay.taken]

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_has_a_link_of_its_own_and_a_way_to_stop(self, everybody, relay, settings, language):
        people(2, language=language)
        survey = invited_only()
        mails = self.sent(relay, survey)
        tag = {"zh-hans": "zh-Hans"}.get(language, language)
        assert [mail["Content-Language"] for mail in mails] == [tag, tag]
        for mail in mails:
            invitee = Invitee.objects.get(address=mail["To"])
            own = f"{settings.BASE_URL.rstrip('/')}/{language}/surveys/"
            assert mail["List-Unsubscribe"] == f"<{own}invitations/{token(invitee)}/stop/>"
            for kind in ("plain", "html"):
                text = mail.get_body((kind,)).get_content()
                assert f"{own}{survey.code}/i/{token(invitee)}/" in text
                assert f"{own}invitations/{token(invitee)}/stop/" in text
                assert "Slot" not in text
            assert 'dir="rtl"' in text if language == "ar" else 'dir="ltr"' in text
        assert mails[0]["List-Id"].startswith("<surveys.")

    def test_hostile_titles_and_bodies_stay_text(self, everybody, relay):
        people(1)
        body = OrganisationFactory(name_ar=HOSTILE, name_en=HOSTILE, name_zh_hans=HOSTILE)
        survey = standard(audience=Who.INVITED, organisation=body)
        Survey.objects.filter(pk=survey.pk).update(title_en=f"A\r\nBcc: x@example.org {HOSTILE}")
        (mail,) = self.sent(relay, published(Survey.objects.get(pk=survey.pk)))
        assert mail["Bcc"] is None
        assert "<script>" not in mail.get_body(("html",)).get_content()
        assert "\u202e" not in mail.get_body(("plain",)).get_content() + mail["Subject"]

    def test_who_answered_or_stopped_after_it_was_confirmed_gets_none(self, everybody, relay):
        one, two, three = people(3)
        survey = invited_only()
        made = confirmed(survey)
        answer(survey, Invitee.objects.get(person=one))
        inviting.stop(Invitee.objects.get(person=two))
        control.tick()
        sending.send(made.mailing_id)
        assert relay.recipients == [three.email]

    def test_none_goes_out_once_the_survey_has_closed(self, everybody, relay):
        people(1)
        survey = invited_only()
        made = confirmed(survey)
        past(survey)
        control.tick()
        sending.send(made.mailing_id)
        assert relay.recipients == []


class TestReminding:
    def test_goes_only_to_those_whose_invitation_is_unused(self, everybody):
        one, two, three = people(3)
        survey = invited_only()
        first = confirmed(survey)
        delivered(first)
        first.mailing.deliveries.filter(person=three).update(state=DeliveryState.BOUNCED)
        answer(survey, Invitee.objects.get(person=one))
        earlier(first, 8)
        made = drawn(survey, kind=SendingKind.REMINDER)
        assert why(made) == {one.email: LeftOut.ANSWERED, three.email: LeftOut.BOUNCED}
        assert list(made.invitings.chosen().values_list("invitee__person", flat=True)) == [two.pk]

    def test_not_within_a_week_of_the_invitation(self, everybody):
        people(1)
        survey = invited_only()
        confirmed(survey)
        assert set(why(drawn(survey, kind=SendingKind.REMINDER)).values()) == {LeftOut.WEEK}

    def test_of_an_anonymous_survey_nobody_sees_who_has_answered(self, everybody):
        one, two, _three = people(3)
        survey = invited_only()
        first = confirmed(survey)
        delivered(first)
        answer(survey, Invitee.objects.get(person=one))
        inviting.stop(Invitee.objects.get(person=two))
        earlier(first, 8)
        lines = left_out(drawn(survey, kind=SendingKind.REMINDER))
        assert [line.count for line in lines] == [2]


class TestResponse:
    def test_counts_who_was_written_to_what_came_back_and_who_answered(self, everybody):
        readers = people(12)
        survey = invited_only(mode=Mode.IDENTIFIED)
        made = confirmed(survey)
        delivered(made)
        made.mailing.deliveries.filter(person__in=readers[:2]).update(state=DeliveryState.BOUNCED)
        for person in readers[2:7]:
            answer(survey, Invitee.objects.get(person=person))
        found = response(survey)
        assert (found.invited, found.delivered, found.bounced, found.answered, found.rate) == (12, 10, 2, 5, 0.5)

    @pytest.mark.parametrize(("invited", "answered", "rate"), [(12, 9, None), (12, 10, 10 / 12), (9, 9, None)])
    def test_of_an_anonymous_one_nothing_is_told_below_ten(self, everybody, invited, answered, rate):
        readers = people(invited)
        survey = invited_only()
        delivered(confirmed(survey))
        for person in readers[:answered]:
            invitee = Invitee.objects.get(person=person)
            Participation.objects.create(survey=survey, token_hash=invitee.token_hash)
        found = response(survey)
        assert found.rate == rate
        assert found.is_suppressed is (rate is None)

    def test_without_invitations_there_is_no_rate(self):
        found = response(invited_only(mode=Mode.IDENTIFIED))
        assert (found.invited, found.answered, found.rate) == (0, 0, None)

    @pytest.mark.parametrize("count", [1, 3])
    def test_asks_as_often_however_many_there_are(self, everybody, django_assert_num_queries, count):
        people(count)
        survey = invited_only()
        confirmed(survey)
        with django_assert_num_queries(4):
            response(survey)


@pytest.fixture
def link(everybody):
    """Somebody's invitation to a survey that only the invited answer."""
    people(1)
    survey = invited_only()
    confirmed(survey)
    invitee = Invitee.objects.get()
    with override("en"):
        return survey, invitee, reverse("surveys:invited", args=[survey.code, token(invitee)])


class TestLink:
    def test_what_a_scanner_does_changes_nothing(self, client, link):
        survey, _invitee, url = link
        before = (Draft.objects.count(), Participation.objects.count(), NoInvitations.objects.count())
        for place in (url, url.replace(f"{survey.code}/i/", "invitations/") + "stop/", url + "?ease=easy"):
            for method in (client.get, client.head):
                assert method(place).status_code == 200
        assert (Draft.objects.count(), Participation.objects.count(), NoInvitations.objects.count()) == before

    def test_keeps_its_secret(self, client, link):
        response = client.get(link[2])
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "private, no-store"
        assert "noindex" in response["X-Robots-Tag"]

    def test_begins_by_post_without_an_account(self, link):
        survey, invitee, url = link
        client = Client(enforce_csrf_checks=True)
        page = client.get(url)
        assert f'action="{url}"' in page.content.decode()
        response = client.post(url)
        assert response.status_code == 302
        assert re.fullmatch(rf"/en/surveys/{survey.code}/a/[\w-]+/", response["Location"])
        assert Draft.objects.get().token_hash == invitee.token_hash

    def test_opens_no_survey_but_its_own(self, client, link):
        survey, _invitee, url = link
        other = invited_only()
        assert client.get(url.replace(survey.code, other.code)).status_code == 404
        assert client.post(url.replace(survey.code, other.code)).status_code == 404

    def test_once_it_is_used_it_says_so(self, client, link):
        survey, invitee, url = link
        answer(survey, invitee)
        for page in (client.get(url), client.post(url)):
            assert page.status_code == 410
            assert "This invitation has been used" in page.content.decode()

    def test_two_drafts_of_one_invitation_give_one_answer(self, link):
        survey, invitee, _url = link
        first = begin(survey, user=NOBODY, language="en", token_hash=invitee.token_hash)
        answer(survey, invitee)
        for page, fields in (("p1", {"ease": ["easy"]}), ("p2", {})):
            found = questionnaire_in(first.draft.version).page(page)
            shown = frozenset(one.code for one in found.questions)
            save_page(first.draft, first.key, found, PageSent(fields, shown, {}), language="en")
        with pytest.raises(AnsweringRefused, match="once"):
            hand_in(first.draft, first.key, user=NOBODY, language="en")
        assert Participation.objects.count() == 1

    def test_once_the_survey_has_closed_it_says_so(self, client, link):
        survey, _invitee, url = link
        past(survey)
        for page in (client.get(url), client.post(url)):
            assert page.status_code == 410
            assert "This survey has closed" in page.content.decode()

    def test_while_it_is_paused_it_is_no_way_in(self, client, link):
        survey, _invitee, url = link
        move(survey, Act.PAUSE, by=editor_of(survey))
        assert client.get(url).status_code == 200
        client.post(url)
        assert Draft.objects.count() == 0

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_whatever_was_made_up_gets_the_same_answer(self, client, link, language):
        survey, _invitee, _url = link
        wrong = ["x", "x" * 43, "%3Cscript%3E", "%E2%80%AE" * 20, "x" * 200]
        for made_up in wrong:
            assert client.get(f"/{language}/surveys/{survey.code}/i/{made_up}/").status_code == 404
            assert client.post(f"/{language}/surveys/invitations/{made_up}/stop/").status_code == 404

    def test_who_guesses_is_stopped(self, client, link, settings):
        settings.RATELIMIT_ENABLE = True
        survey, _invitee, url = link
        for number in range(20):
            assert client.get(f"/en/surveys/{survey.code}/i/x{number:042}/").status_code == 404
        assert client.get(url).status_code == 429

    def test_one_answer_each_by_invitation_or_account(self, everybody):
        (reader,) = people(1)
        survey = published(standard(audience=Who.SIGNED_IN, one_each=True))
        confirmed(survey)
        invitee = Invitee.objects.get()
        answer(survey, invitee)
        with pytest.raises(AnsweringRefused, match="once"):
            begin(survey, user=reader, language="en")
        Participation.objects.all().delete()
        Participation.objects.create(survey=survey, person=reader)
        with pytest.raises(AnsweringRefused, match="once"):
            answer(survey, invitee)


class TestStopping:
    def test_one_click_stops_all_and_can_be_taken_back(self, link):
        survey, invitee, url = link
        stop = url.replace(f"{survey.code}/i/", "invitations/") + "stop/"
        client = Client(enforce_csrf_checks=True)
        assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert NoInvitations.objects.get().address_hash == invitee.address_hash
        assert Delivery.objects.get().state == DeliveryState.SKIPPED
        assert set(why(drawn(invited_only())).values()) == {LeftOut.STOPPED}
        client.post(stop, {"again": "1"})
        assert NoInvitations.objects.count() == 0

    def test_the_link_lets_them_answer_all_the_same(self, client, link):
        inviting.stop(link[1])
        assert client.post(link[2]).status_code == 302


class TestErasure:
    def test_nothing_leads_to_a_person_any_more_and_counts_stay(self, everybody):
        reader, _other = people(2)
        survey = invited_only(mode=Mode.IDENTIFIED)
        delivered(confirmed(survey))
        secret = token(Invitee.objects.get(person=reader))
        erasure.erase_invitations_of(reader)
        gone = Invitee.objects.get(token_hash=hash_of_token(secret))
        assert (gone.address, gone.person, gone.nonce) == ("", None, "")
        assert reader.email_key not in gone.email_key
        assert response(survey).invited == 2

    def test_a_guest_goes(self):
        guest = ContactFactory()
        survey = invited_only()
        Invitee.objects.create(
            survey=survey,
            contact=guest,
            address=guest.email,
            email_key=guest.email_key,
            address_hash=suppression.hash_of(guest.email_key),
            language="en",
            nonce="n",
            token_hash="h",
        )
        assert erase_guest(guest, reason="asked")
        assert Invitee.objects.get().address == ""

    def test_half_a_year_after_the_close_addresses_are_forgotten(self, everybody):
        people(1)
        survey = invited_only()
        confirmed(survey)
        for days, address in ((179, True), (181, False)):
            now = timezone.now()
            Survey.objects.update(opens_at=now - timedelta(days=200), closes_at=now - timedelta(days=days))
            erasure.forget_old_invitees(now)
            assert bool(Invitee.objects.get().address) is address


class TestStaffPages:
    @pytest.fixture
    def desk(self, client, everybody):
        survey = invited_only()
        client.force_login(editor_of(survey))
        with override("en"):
            return survey, reverse("admin:surveys_survey_invite", args=[survey.pk])

    def test_from_choosing_to_sending(self, client, desk, django_capture_on_commit_callbacks):
        _survey, url = desk
        people(2)
        assert client.get(url).status_code == 200
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(f"{url}?audience=readers", follow=False)
        shown = client.get(page["Location"])
        assert "Write to 2 people" in shown.content.decode()
        assert Delivery.objects.count() == 0
        said = client.post(f"{page['Location']}confirm/", follow=True)
        assert "It goes out to 2 people." in said.content.decode()
        assert Delivery.objects.count() == 2
        assert "Watch, pause or cancel" in said.content.decode()

    def test_tells_the_response_in_per_cent_of_what_arrived(self, client, desk):
        survey, url = desk
        invitees = people(12)
        confirmed(survey)
        Delivery.objects.update(state=DeliveryState.SENT)
        Survey.objects.update(mode="identified")
        for invitee in Invitee.objects.all()[:3]:
            Participation.objects.create(survey=survey, token_hash=invitee.token_hash)
        assert len(invitees) == 12
        told = client.get(url).content.decode()
        assert '<b class="num">3</b> <span class="muted"><bdi dir="ltr">25%</bdi> of 12</span>' in told

    def test_pasted_addresses_and_their_consent(self, client, desk, django_capture_on_commit_callbacks):
        _survey, url = desk
        typed = {
            "addresses": "a@example.org, <b@example.org>\nno address\n=1+1@example.org;A@example.org",
            "language": "ar",
            "stated_by": HOSTILE,
            "stated_from": "Fair",
            "stated_on": "2026-01-01",
        }
        refused = client.post(f"{url}?audience=list", {**typed, "stated_by": ""})
        assert "Say who states the consent." in refused.content.decode()
        assert "no address" in refused.content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(f"{url}?audience=list", typed, follow=True)
        assert "<script>alert" not in page.content.decode()
        assert sorted(Invitee.objects.values_list("address", flat=True)) == ["a@example.org", "b@example.org"]

    @pytest.mark.parametrize("content", [b"\x00\x01", b"PK\x03\x04broken", b"no column\nx\n", b"email\nno\n"])
    def test_files_that_cannot_be_read_are_said_to_be(self, client, desk, content):
        stated = {"language": "ar", "stated_by": "A", "stated_from": "B", "stated_on": "2026-01-01"}
        page = client.post(f"{desk[1]}?audience=list", {**stated, "file": SimpleUploadedFile("a.csv", content)})
        assert page.status_code == 200
        assert page.context["form"].errors["file"]

    def test_is_closed_to_others(self, client, desk):
        survey, url = desk
        people(1)
        made = drawn(survey)
        with override("en"):
            own = reverse("admin:surveys_survey_sending", args=[survey.pk, made.code])
        other = invited_only()
        with override("en"):
            crossed = reverse("admin:surveys_survey_sending", args=[other.pk, made.code])
        client.force_login(editor_of(other))
        for place in (url, own, crossed):
            assert client.get(place).status_code == 404
        client.force_login(staff(Role.MANAGER, survey.organisation))
        assert client.post(own + "confirm/").status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_asks_as_often_however_many_sendings_there_are(self, client, desk, django_assert_max_num_queries, count):
        survey, url = desk
        people(1)
        for _ in range(count):
            drawn(survey)
        client.get(url)
        with django_assert_max_num_queries(40) as asked:
            client.get(url)
        assert len(asked) <= 24


def test_audiences_have_what_a_mailing_needs(consultation_with_people):
    from portal.mailings.services.freezing import AUDIENCE_COLUMNS

    person, code = consultation_with_people
    rows = audiences["consultation"].rows({"consultation": code})
    assert list(rows.values_list(*AUDIENCE_COLUMNS)) == [
        (person.pk, None, person.code, person.email, person.email_key, person.language)
    ]


@pytest.fixture
def consultation_with_people():
    from tests.factories import CommentFactory, ConsultationFactory

    consultation = ConsultationFactory()
    person = CommentFactory(thread=consultation.thread).author
    CommentFactory(thread=consultation.thread, author=person)
    PersonFactory()
    return person, consultation.code


def test_subscribers_are_an_audience():
    from newsletter.models import MailingList, Subscription

    body = OrganisationFactory()
    one = MailingList.objects.create(code="one", name_en="One", organisation=body)
    for number, state in enumerate(("active", "left", "active")):
        found = Subscription.objects.create(
            email=f"s{number}@example.org",
            email_key=f"s{number}@example.org",
            language="en",
            state=state,
            confirmed_at=timezone.now(),
        )
        if number == 0:
            found.lists.add(one)
    rows = audiences["subscribers"].rows
    assert rows({}).count() == 2
    assert [found.email for found in rows({"list_code": "one"})] == ["s0@example.org"]
    assert audiences["subscribers"].fields(staff(Role.EDITOR, OrganisationFactory())) is None
