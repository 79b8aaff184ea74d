"""What went out, on the web: the list a page at a time, an issue in each language, the feed; always as it is now."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from newsletter.choices import IssueState
from newsletter.models import EditionPage, Issue
from newsletter.selectors.archive import PER_PAGE, editions_after
from newsletter.services import issues
from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.choices import MailingState
from portal.mailings.models import Mailing
from portal.mailings.services import control
from tests.factories import OrganisationFactory, staff
from tests.newsletter.conftest import written
from tests.newsletter.test_issues import approved

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
ARCHIVE = "/en/newsletter/"


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def cached(settings):
    """The cache of visitors' pages as it is in production, without a second of waiting after each change."""
    settings.PAGE_CACHE_SECONDS = 60
    settings.PAGE_CACHE_SETTLING_SECONDS = 0
    settings.PAGE_CACHE_LOOK_SECONDS = 0


@pytest.fixture
def going(ministry, reader):
    """An approved issue whose hour has come."""
    issue = written(issues.make_next())
    approved(issue, staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry), timezone.now())
    Mailing.objects.update(start_at=timezone.now() - timedelta(minutes=1))
    issue.refresh_from_db()
    return issue


def begin(issue):
    """Let it go out, without anybody who sends it."""
    control.begin(issue.mailing)


def sent(body, count, languages=("ar", "en", "zh-hans")):
    """Return as many issues that went out, the first first."""
    first = timezone.now() - timedelta(days=7 * count)
    made = []
    for number in range(count):
        issue = Issue.objects.create(
            organisation=body,
            year=2000 + number // 50,
            week=number % 50 + 1,
            state=IssueState.SENT,
            start_at=first + timedelta(days=7 * number),
            not_after=first + timedelta(days=7 * number, hours=10),
        )
        for language in languages:
            page = f'<p>Part {number}</p><a href="/{language}/help/">Help</a>'
            EditionPage.objects.create(
                issue=issue, language=language, subject=f"{language} {number}", text="", mail="", page=page
            )
        made.append(issue)
    return made


def address(issue, language="en"):
    return f"/{language}/newsletter/issues/{issue.code}/"


class TestList:
    def test_holds_one_language_the_last_first(self, client, ministry):
        sent(ministry, 3)
        page = client.get(ARCHIVE)
        assert [edition.subject for edition in page.context["shown"].rows] == ["en 2", "en 1", "en 0"]
        assert "ar 2" not in page.content.decode()

    def test_is_read_a_page_at_a_time_whatever_goes_out_meanwhile(self, client, ministry):
        made = sent(ministry, PER_PAGE * 2 + 1)
        pages, after = [], ""
        while True:
            shown = editions_after("en", after)
            pages.append([edition.issue_id for edition in shown.rows])
            after = shown.after
            if len(pages) == 1:
                gone = [made[-1].pk, pages[0][-1]]
                Issue.objects.filter(pk__in=gone).update(state=IssueState.CANCELLED)
            if not after:
                break
        assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 1]
        assert [pk for page in pages for pk in page] == [issue.pk for issue in reversed(made)]

    def test_links_to_the_next_page_and_takes_nonsense_for_the_first(self, client, ministry):
        made = sent(ministry, PER_PAGE + 1)
        assert f'href="?after={made[1].code}"' in client.get(ARCHIVE).content.decode()
        for nonsense in ("zzz", "'--", "a" * 400):
            rows = client.get(ARCHIVE, {"after": nonsense}).context["shown"].rows
            assert len(rows) == PER_PAGE

    def test_asks_the_database_as_often_for_three_as_for_one(self, client, ministry):
        counts = []
        for rows in (1, 2):
            sent_so_far = Issue.objects.count()
            Issue.objects.update(year=1900)
            sent(ministry, rows)
            with CaptureQueriesContext(connection) as asked:
                page = client.get(ARCHIVE)
            assert len(page.context["shown"].rows) == sent_so_far + rows
            counts.append(len(asked))
        assert counts == [1, 1]

    def test_says_so_when_nothing_went_out(self, client, ministry):
        assert "No issue has gone out yet." in client.get(ARCHIVE).content.decode()


class TestIssue:
    def test_is_shown_as_it_was_approved(self, client, ministry):
        (issue,) = sent(ministry, 1)
        page = client.get(address(issue)).content.decode()
        assert "<h1>en 0</h1>" in page and "<p>Part 0</p>" in page

    def test_that_is_not_in_a_language_names_those_it_is_in(self, client, ministry):
        (issue,) = sent(ministry, 1, languages=("ar", "zh-hans"))
        page = client.get(address(issue))
        text = page.content.decode()
        assert page.status_code == 200
        assert [one["url"] for one in page.context["others"]] == [address(issue, "ar"), address(issue, "zh-hans")]
        assert '<li class="card" lang="ar" dir="rtl">' in text and "zh-hans 0" in text
        assert "Part 0" not in text
        assert client.get(ARCHIVE).context["shown"].rows == []

    def test_that_is_only_approved_is_nowhere(self, client, going):
        assert client.get(address(going)).status_code == 404
        assert client.get(ARCHIVE).context["shown"].rows == []

    def test_can_be_read_by_whoever_has_the_first_copy(self, client, going):
        begin(going)
        assert going.state == IssueState.APPROVED
        assert [client.get(address(going, code)).status_code for code in ("ar", "en", "zh-hans")] == [200] * 3

    def test_goes_when_its_mailing_is_cancelled(self, client, going, ministry):
        begin(going)
        issues.cancel(going, by=staff(Role.EDITOR, ministry))
        assert client.get(address(going)).status_code == 404
        # Also while the issue does not know of it yet.
        Issue.objects.update(state=IssueState.APPROVED)
        assert client.get(address(going)).status_code == 404

    @pytest.mark.django_db(transaction=True)
    def test_visitors_see_at_once_what_begins_and_what_ends(self, client, going, cached, ministry):
        def listed():
            return [
                "What is new" in client.get(ARCHIVE).content.decode(),
                client.get(address(going)).status_code,
            ]

        assert listed() == [False, 404]
        begin(going)
        assert listed() == [True, 200]
        issues.cancel(going, by=staff(Role.EDITOR, ministry))
        assert listed() == [False, 404]

    def test_visitors_get_it_from_the_cache(self, client, ministry, cached):
        (issue,) = sent(ministry, 1)
        for place in (ARCHIVE, address(issue)):
            first = client.get(place)
            assert first["Cache-Control"] == "no-cache" and "csrfmiddlewaretoken" not in first.content.decode()
            with CaptureQueriesContext(connection) as asked:
                assert client.get(place, headers={"If-None-Match": first["ETag"]}).status_code == 304
            assert len(asked) == 0


class TestFeed:
    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_is_atom_in_the_language_of_the_page(self, client, ministry, language, settings):
        sent(ministry, 3)
        answer = client.get(f"/{language}/newsletter/feed/")
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(answer.content)
        assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == language
        # What the standard asks of every feed and of every entry.
        for name in ("id", "title", "updated", "author/a:name"):
            assert feed.findtext(f"a:{name}", namespaces=ATOM)
        entries = feed.findall("a:entry", ATOM)
        assert [entry.findtext("a:title", namespaces=ATOM) for entry in entries] == [
            f"{language} {n}" for n in (2, 1, 0)
        ]
        for entry in entries:
            assert all(entry.findtext(f"a:{name}", namespaces=ATOM) for name in ("id", "updated", "summary"))
        base = settings.BASE_URL.rstrip("/")
        assert f'href="{base}/{language}/help/"' in entries[0].findtext("a:summary", namespaces=ATOM)

    def test_is_found_from_the_list_and_from_an_issue(self, client, ministry):
        (issue,) = sent(ministry, 1)
        link = '<link rel="alternate" type="application/atom+xml" href="/en/newsletter/feed/"'
        assert link in client.get(ARCHIVE).content.decode()
        assert link in client.get(address(issue)).content.decode()


def test_visitors_are_invited_on_the_home_page_and_below_every_page(client, db):
    with override("en"):
        pages = [client.get(place).content.decode() for place in ("/en/", ARCHIVE)]
    assert [page.count('href="/en/newsletter/subscribe/"') for page in pages] == [2, 2]


def test_a_mailing_that_waits_for_a_person_is_in_no_archive(client, going):
    Mailing.objects.update(not_after=timezone.now() - timedelta(seconds=1))
    control.begin(going.mailing)
    assert Mailing.objects.get().state == MailingState.LATE
    assert client.get(address(going)).status_code == 404
