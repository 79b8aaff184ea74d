"""The part of an issue that is each reader's own."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail

from newsletter.choices import Frequency, IssueState
from newsletter.models import Issue, Subscription
from newsletter.selectors.sequels import LONGEST_LINE, MOST_TOLD, personal_parts
from newsletter.services import issues, subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.choices import MailingState
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services import control, sending
from portal.registry.sequels import Sequel, sequels
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.newsletter import MONDAY, THURSDAY
from tests.newsletter.conftest import written
from tests.newsletter.test_issues import approved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BASE = settings.BASE_URL.rstrip("/")


class Source:
    """Says what a test wants said, and remembers what it was asked."""

    def __init__(self):
        self.told, self.asked = {}, []

    def __call__(self, people, since, until):
        self.asked.append((set(people), since, until))
        return {person: told for person, told in self.told.items() if person in people}


def sequel(name, at=MONDAY - DAY, said=None):
    words = said or {"ar": f"جديد: {name}", "en": f"News: {name}", "zh-hans": f"最新：{name}"}
    return Sequel(name, at, lambda language: words[language], lambda language: f"/{language}/things/{name}/")


@pytest.fixture
def source(monkeypatch):
    made = Source()
    monkeypatch.setattr(sequels, "_entries", {"tests": made})
    return made


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def people(ministry):
    return staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry)


@pytest.fixture
def issue(ministry):
    return written(issues.make_next(THURSDAY))


def subscribed(language="en", frequency=Frequency.WEEKLY, **fields):
    person = PersonFactory(**fields)
    subscribing.subscribe_person(person, Wish(language=language, frequency=frequency))
    return person


def part_of(person):
    delivery = Delivery.objects.get(person=person)
    return personal_parts([delivery]).get(delivery.pk)


class TestWhatIsTold:
    def test_each_reader_is_told_their_own_in_the_language_of_their_edition(self, issue, people, source):
        arab, reader, idle = subscribed("ar"), subscribed("en"), subscribed("en")
        source.told = {arab.pk: [sequel("a")], reader.pk: [sequel("b")]}
        approved(issue, *people)
        parts = personal_parts(list(Delivery.objects.filter(person__in=[arab, reader, idle])))
        own = {Delivery.objects.get(pk=pk).person_id: part for pk, part in parts.items()}
        assert set(own) == {arab.pk, reader.pk}
        assert own[arab.pk].text.endswith(f"- جديد: a\n  {BASE}/ar/things/a/")
        assert own[reader.pk].text == (
            "----------------------------------------\n\n"
            "What came of what you took part in\n\n- News: b\n"
            f"  {BASE}/en/things/b/"
        )
        assert f'<a href="{BASE}/en/things/b/" style="color: #0b5d4b;">News: b</a>' in own[reader.pk].html

    def test_only_the_latest_five(self, issue, people, source):
        person = subscribed()
        source.told = {person.pk: [sequel(str(n), MONDAY - n * timedelta(hours=1)) for n in range(8, 0, -1)]}
        approved(issue, *people)
        lines = [line for line in part_of(person).text.split("\n") if line.startswith("- ")]
        assert lines == [f"- News: {n}" for n in range(1, MOST_TOLD + 1)]

    def test_the_same_thing_once(self, issue, people, source):
        person = subscribed()
        source.told = {person.pk: [sequel("a"), sequel("a")]}
        approved(issue, *people)
        assert part_of(person).text.count("News: a") == 1

    def test_no_line_is_longer_than_relays_take(self, issue, people, source):
        person = subscribed("zh-hans")
        long = "\u2068" + "长" * 400 + "\u2069"
        source.told = {person.pk: [sequel("a", said={"zh-hans": long})]}
        approved(issue, *people)
        part = part_of(person)
        longest = max(part.text.split("\n"), key=lambda line: len(line.encode()))
        assert longest.startswith("- \u2068长长") and longest.endswith("长…\u2069")
        assert LONGEST_LINE - 10 <= len(longest.encode()) <= LONGEST_LINE

    def test_what_people_wrote_is_escaped(self, issue, people, source):
        person = subscribed()
        source.told = {person.pk: [sequel("a", said={"en": "<script>alert(1)</script>\r\nBcc: x"})]}
        approved(issue, *people)
        part = part_of(person)
        assert "<script>" not in part.html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc: x" in part.html
        assert "\n- <script>alert(1)</script> Bcc: x\n" in part.text

    def test_a_mailbox_that_is_not_the_accounts_is_told_nothing(self, issue, people, source):
        person = subscribed()
        source.told = {person.pk: [sequel("a")]}
        approved(issue, *people)
        person.email, person.email_key = "new@example.org", "new@example.org"
        person.save()
        assert part_of(person) is None

    def test_guests_are_told_nothing(self, issue, people, source):
        subscribing.confirm(subscribing.ask("guest@example.org", Wish(language="en")))
        approved(issue, *people)
        assert personal_parts(list(Delivery.objects.all())) == {}
        assert source.asked == []


class TestSince:
    def earlier(self, ministry, start_at, state=IssueState.SENT):
        year, week, _ = start_at.isocalendar()
        return Issue.objects.create(
            organisation=ministry, year=year, week=week, state=state, start_at=start_at, not_after=start_at + DAY
        )

    def test_since_the_last_issue_that_went_out(self, issue, ministry, people, source):
        self.earlier(ministry, MONDAY - 14 * DAY)
        self.earlier(ministry, MONDAY - 7 * DAY, IssueState.MISSED)
        person = subscribed()
        source.told = {person.pk: [sequel("old", MONDAY - 14 * DAY), sequel("new", MONDAY - 13 * DAY)]}
        approved(issue, *people)
        text = part_of(person).text
        assert "News: new" in text
        assert "News: old" not in text
        assert source.asked[-1][2] == MONDAY

    def test_since_a_week_where_none_went_before(self, issue, people, source):
        person = subscribed()
        source.told = {person.pk: [sequel("old", MONDAY - 7 * DAY), sequel("new", MONDAY - 6 * DAY)]}
        approved(issue, *people)
        text = part_of(person).text
        assert "News: new" in text
        assert "News: old" not in text

    def test_monthly_readers_since_the_last_first_monday(self, ministry, people, source):
        first = datetime(2026, 12, 7, 8, tzinfo=ZoneInfo("Asia/Riyadh"))
        before = datetime(2026, 11, 2, 8, tzinfo=ZoneInfo("Asia/Riyadh"))
        for start_at in (before, MONDAY):
            self.earlier(ministry, start_at)
        issue = written(issues.make_next(first - 4 * DAY))
        monthly, weekly = subscribed(frequency=Frequency.MONTHLY), subscribed()
        between = [sequel("before", before), sequel("between", before + DAY), sequel("last", MONDAY + DAY)]
        source.told = {monthly.pk: between, weekly.pk: between}
        approved(issue, *people, moment=first - DAY)
        assert part_of(monthly).text.count("News: ") == 2
        assert "News: before" not in part_of(monthly).text
        assert part_of(weekly).text.count("News: ") == 1


class TestSending:
    def test_goes_out_with_the_issue_to_its_reader_alone(self, issue, people, source):
        person, other = subscribed("ar"), subscribed("ar")
        source.told = {person.pk: [sequel("a")]}
        approved(issue, *people)
        mailing = Mailing.objects.get()
        control.tick(MONDAY)
        mailing.refresh_from_db()
        assert mailing.state == MailingState.SENDING
        Delivery.objects.update(due_at=THURSDAY - 365 * DAY)
        sending.send(mailing.pk, connections=1)
        sent = {one.to[0]: one.content.decode() for one in mail.outbox if hasattr(one, "content")}
        assert sent[person.email].count("/ar/things/a/") == 2
        assert "/ar/things/a/" not in sent[other.email]
        assert "xSawtPersonalSlotx" not in sent[person.email] + sent[other.email]

    def test_a_hundred_copies_need_the_queries_of_one(self, issue, people, source, django_assert_num_queries):
        readers = [subscribed() for _ in range(3)]
        source.told = {one.pk: [sequel("a")] for one in readers}
        approved(issue, *people)
        deliveries = list(Delivery.objects.filter(person__in=readers))
        for some in (deliveries[:1], deliveries):
            with django_assert_num_queries(4):
                assert len(personal_parts(some)) == len(some)

    def test_other_mailings_have_no_such_part(self, source):
        stranger = SimpleNamespace(pk=1, person_id=PersonFactory().pk, mailing_id=0, member="x", email_key="y")
        assert personal_parts([stranger]) == {}
        assert Subscription.objects.count() == 0
