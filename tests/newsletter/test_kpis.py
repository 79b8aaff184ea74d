"""Indicators of the newsletter: each equal to what separate SQL finds."""

from datetime import timedelta

import pytest
from django.db import connection

from newsletter.choices import ConsentAct
from newsletter.models import Consent, Issue, Subscription
from portal.accounts.choices import OrganisationKind
from portal.insight.models import KpiDefinition
from portal.insight.services.definitions import load_definitions
from portal.mailings.choices import DeliveryState
from portal.mailings.models import Delivery, Mailing
from portal.registry import Period, kpis
from tests.calendars import riyadh
from tests.factories import OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db
APRIL = Period(riyadh("04-01 00:00"), riyadh("05-01 00:00"))


def sql(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def one(code, scope=None):
    (found,) = kpis[code](APRIL, scope)
    return found


def parts(code):
    return {each.dimension: each.value for each in kpis[code](APRIL, None) if each.value}


@pytest.fixture
def readers(db):
    """Five who are counted at the end of April, and five who are not; each at an edge."""
    start, end, moment = APRIL.start, APRIL.end, timedelta(microseconds=1)
    body = OrganisationFactory(kind=OrganisationKind.COMPANY)
    rows = [
        {"confirmed_at": start - moment, "language": "ar", "state": "active"},
        {"confirmed_at": end - moment, "language": "en", "state": "active", "person": PersonFactory()},
        {"confirmed_at": start, "language": "ar", "state": "paused", "organisation": body},
        {"confirmed_at": start, "ended_at": end, "language": "zh-hans", "state": "left"},
        {"confirmed_at": start, "language": "en", "state": "active", "person": PersonFactory(), "organisation": body},
        {"confirmed_at": end, "language": "ar", "state": "active"},
        {"confirmed_at": None, "language": "ar", "state": "pending"},
        {"confirmed_at": start, "ended_at": end - moment, "language": "ar", "state": "left"},
        {"confirmed_at": start, "ended_at": start, "language": "ar", "state": "ended"},
        {"confirmed_at": start, "ended_at": start, "language": "ar", "state": "erased"},
    ]
    return [
        Subscription.objects.create(email=f"r{number}@example.org", email_key=f"r{number}@example.org", **row)
        for number, row in enumerate(rows)
    ]


@pytest.fixture
def sent(db):
    """Three mailings: one begun in the last instant of April, one in May, one of another purpose."""
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    states = [DeliveryState.SENT] * 6 + [DeliveryState.BOUNCED] * 2
    states += [DeliveryState.COMPLAINED, DeliveryState.SKIPPED, DeliveryState.QUEUED]
    began = [APRIL.end - timedelta(microseconds=1), APRIL.end, APRIL.start]
    found = []
    for number, (moment, purpose) in enumerate(zip(began, ("newsletter", "newsletter", "tests"), strict=True)):
        mailing = Mailing.objects.create(
            key=f"{purpose}/{number}",
            purpose=purpose,
            title="x",
            organisation=ministry,
            state="sent",
            start_at=moment,
            not_after=moment + timedelta(hours=1),
            started_at=moment,
        )
        found.append(mailing)
        Delivery.objects.bulk_create(
            Delivery(
                mailing=mailing,
                member=f"m{place}",
                address=f"{place}@example.org",
                email_key=f"{place}@example.org",
                language="ar",
                state=state,
                due_at=moment,
            )
            for place, state in enumerate(states)
        )
    return found


def test_subscribers_are_those_confirmed_and_not_ended_at_the_end(readers):
    ((found,),) = sql(
        "SELECT count(*) FROM newsletter_subscription WHERE confirmed_at < %s AND COALESCE(ended_at, 'infinity') >= %s",
        APRIL.end,
        APRIL.end,
    )
    assert one("newsletter_subscribers").value == found == 5
    assert kpis["newsletter_subscribers"](APRIL, OrganisationFactory()) == []


def test_parts_make_the_whole(readers):
    assert parts("newsletter_subscribers_by_language") == {"ar": 2, "en": 2, "zh-hans": 1}
    assert parts("newsletter_subscribers_by_kind") == {"organisation": 2, "account": 1, "guest": 2}


def test_shares_of_copies_are_those_of_the_months_mailings(sent):
    counts = dict(
        sql(
            "SELECT d.state, count(*) FROM mailings_delivery d JOIN mailings_mailing m ON m.id = d.mailing_id"
            " WHERE m.purpose = 'newsletter' AND m.started_at >= %s AND m.started_at < %s GROUP BY 1",
            APRIL.start,
            APRIL.end,
        )
    )
    over = counts["sent"] + counts["bounced"] + counts["complained"]
    arrived = counts["sent"] + counts["complained"]
    for code, numerator, denominator in (
        ("newsletter_delivered", arrived, over),
        ("newsletter_bounced", counts["bounced"], over),
        ("newsletter_complaints", counts["complained"], arrived),
    ):
        found = one(code)
        assert (found.numerator, found.denominator) == (numerator, denominator), code
    assert (over, arrived) == (9, 7)


def test_who_left_twice_counts_once():
    at = APRIL.start
    for subscription, act, moment in (
        (1, ConsentAct.LEFT, at),
        (1, ConsentAct.LEFT, at + timedelta(days=3)),
        (2, ConsentAct.LEFT, APRIL.end - timedelta(microseconds=1)),
        (3, ConsentAct.LEFT, APRIL.end),
        (4, ConsentAct.ENDED, at),
    ):
        Consent.objects.create(
            subscription_id=subscription, address_hash="x", act=act, source="form", language="ar", at=moment
        )
    assert one("newsletter_unsubscribed").value == 2


def test_lateness_is_the_median_over_issues_begun(sent):
    for week, (mailing, hours) in enumerate(zip(sent[:2], (3, 9), strict=True), start=1):
        due = mailing.started_at - timedelta(hours=hours)
        Issue.objects.create(
            organisation=mailing.organisation,
            year=2026,
            week=week,
            mailing=mailing,
            start_at=due,
            not_after=due + timedelta(hours=10),
        )
    found = one("newsletter_late")
    assert (found.value, found.n) == (3.0, 1)
    Mailing.objects.filter(pk=sent[1].pk).update(started_at=APRIL.start)
    Issue.objects.filter(week=2).update(start_at=APRIL.start - timedelta(hours=1))
    assert (one("newsletter_late").value, one("newsletter_late").n) == (2.0, 2)


def test_nothing_measured_is_no_data_and_not_zero():
    for code in ("newsletter_delivered", "newsletter_bounced", "newsletter_complaints", "newsletter_late"):
        assert one(code).value is None
    assert one("newsletter_subscribers").value == 0


def test_each_is_defined_in_three_languages():
    OrganisationFactory(kind=OrganisationKind.MINISTRY)
    load_definitions()
    found = KpiDefinition.objects.filter(code__startswith="newsletter_")
    assert found.count() == 6
    for definition in found:
        for field in ("name", "definition", "formula", "method"):
            assert all(getattr(definition, f"{field}_{code}") for code in ("ar", "en", "zh_hans")), definition.code
