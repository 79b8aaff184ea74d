"""Watching a mailing, stopping it and letting it go; and the suppression list as staff see it."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.mailings import selectors
from portal.mailings.choices import DeliveryState, MailingState, Reason
from portal.mailings.models import Delivery, Mailing, Suppression
from portal.mailings.services.suppression import suppress
from tests.factories import OrganisationFactory, days, staff

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def body(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def mailing(body):
    now = timezone.now()
    return Mailing.objects.create(
        key="tests/1",
        purpose="tests",
        title="The mailing",
        organisation=body,
        state=MailingState.SENDING,
        start_at=now - days(1),
        not_after=now + days(1),
        started_at=now,
        frozen_at=now,
        frozen_count=4,
    )


@pytest.fixture
def editor(client, body):
    person = staff(Role.EDITOR, body)
    client.force_login(person, backend=BACKEND)
    return person


def copies(mailing, *states):
    return [
        Delivery.objects.create(
            mailing=mailing,
            member=f"m{number}",
            address=f"r{number}@example.org",
            email_key=f"r{number}@example.org",
            language="en",
            state=state,
            reason=reason,
            due_at=timezone.now(),
        )
        for number, (state, reason) in enumerate(states)
    ]


def address(name, *args):
    with override("en"):
        return reverse(f"admin:mailings_{name}", args=args)


class TestProgress:
    def test_counts_copies_by_state_and_reason(self, mailing):
        copies(
            mailing,
            (DeliveryState.SENT, ""),
            (DeliveryState.SENT, ""),
            (DeliveryState.BOUNCED, Reason.UNKNOWN),
            (DeliveryState.QUEUED, ""),
        )
        with override("en"):
            found = selectors.progress_of(mailing)
        assert [(state, count) for state, _label, count in found.counts] == [("queued", 1), ("sent", 2), ("bounced", 1)]
        assert found.reasons == [("The address does not exist any more", 1)]
        assert (found.total, found.done, found.waiting, found.percent) == (4, 3, 1, 75)

    def test_tells_rate_and_time_left_from_two_looks(self, mailing, monkeypatch):
        clock = [1000.0]
        monkeypatch.setattr(selectors, "time", lambda: clock[0])
        monkeypatch.setattr(selectors, "FRESH", 0)
        rows = copies(mailing, *[(DeliveryState.QUEUED, "")] * 4)
        assert selectors.progress_of(mailing).rate is None
        Delivery.objects.filter(pk__in=[one.pk for one in rows[:3]]).update(state=DeliveryState.SENT)
        clock[0] += 30
        found = selectors.progress_of(mailing)
        assert found.rate == pytest.approx(6.0)
        assert found.minutes_left == 1

    def test_page_lists_those_in_doubt_and_the_last_error(self, client, editor, mailing):
        copies(mailing, (DeliveryState.SENT, ""))
        Delivery.objects.update(doubts=1)
        Mailing.objects.update(last_error="<421> busy")
        page = client.get(address("mailing_progress", mailing.code)).content.decode()
        assert "May have been sent twice" in page
        assert "r0@example.org" in page
        assert "&lt;421&gt; busy" in page

    def test_parts_come_alone_and_are_kept_by_nobody(self, client, editor, mailing):
        response = client.get(address("mailing_figures", mailing.code))
        assert "no-store" in response["Cache-Control"]
        assert "<html" not in response.content.decode()
        assert "Pause" in client.get(address("mailing_figures", mailing.code) + "?part=acts").content.decode()


class TestActs:
    def act(self, client, mailing, act):
        page = client.post(address("mailing_act", mailing.code, act), follow=True).content.decode()
        mailing.refresh_from_db()
        return page

    def test_pause_resume_and_cancel(self, client, editor, mailing):
        copies(mailing, (DeliveryState.QUEUED, ""))
        self.act(client, mailing, "pause")
        assert mailing.state == MailingState.PAUSED
        self.act(client, mailing, "cancel")
        assert mailing.state == MailingState.CANCELLED
        assert [one.reason for one in mailing.deliveries.all()] == [Reason.CANCELLED]
        assert "another state by now" in self.act(client, mailing, "resume")
        assert list(Entry.objects.filter(target_key=mailing.code).values_list("actor_id", flat=True)) == [editor.pk] * 2

    @pytest.mark.parametrize("act", ["pause", "resume"])
    def test_a_late_one_goes_out_only_by_its_own_act(self, client, editor, mailing, act):
        Mailing.objects.update(state=MailingState.LATE)
        self.act(client, mailing, act)
        assert mailing.state == MailingState.LATE
        assert (
            "Let it go out although it is late"
            in client.get(address("mailing_progress", mailing.code)).content.decode()
        )

    def test_nobody_else_sees_it(self, client, mailing):
        for person in (staff(Role.EDITOR, OrganisationFactory()), staff(Role.AGENT, mailing.organisation)):
            client.force_login(person, backend=BACKEND)
            assert client.get(address("mailing_progress", mailing.code)).status_code == 404
            assert client.post(address("mailing_act", mailing.code, "cancel")).status_code == 404
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENDING

    def test_are_done_by_post_alone(self, client, editor, mailing):
        assert client.get(address("mailing_act", mailing.code, "pause")).status_code == 405
        assert client.post(address("mailing_act", mailing.code, "burn")).status_code == 404


class TestSuppressionList:
    def test_shows_no_address_and_finds_one(self, client, editor):
        suppress("Gone.Person@example.org", Reason.UNKNOWN)
        assert "gone" not in client.get(address("suppression_changelist")).content.decode().lower().replace(
            "gone out", ""
        )
        page = client.post(address("suppression_look_up"), {"address": "gone.person@example.org"}).content.decode()
        assert "has been on the list since" in page
        assert "Take it off the list" not in page
        page = client.post(address("suppression_look_up"), {"address": "other@example.org"}).content.decode()
        assert "is not on the list." in page

    def test_is_lifted_by_administrators_with_a_reason(self, client, editor, body):
        suppress("gone@example.org", Reason.UNKNOWN)
        form = {"address": "gone@example.org", "lift": "1", "reason": "They telephoned."}
        client.post(address("suppression_look_up"), form)
        assert Suppression.objects.count() == 1
        administrator = staff(Role.ADMINISTRATOR, body)
        client.force_login(administrator, backend=BACKEND)
        client.post(address("suppression_look_up"), form | {"reason": " "})
        assert Suppression.objects.count() == 1
        client.post(address("suppression_look_up"), form)
        assert Suppression.objects.count() == 0
        entry = Entry.objects.get(action="suppression.lifted")
        assert (entry.actor_id, entry.data) == (
            administrator.pk,
            {"why": "They telephoned.", "stood_for": "unknown"},
        )

    def test_is_for_the_ministry_alone(self, client):
        client.force_login(staff(Role.EDITOR, OrganisationFactory()), backend=BACKEND)
        assert client.get(address("suppression_look_up")).status_code == 404
