"""Links that are counted where an operator wants it: how often, never by whom."""

import re

import pytest

from newsletter.choices import BlockKind
from newsletter.models import Block, CountedLink
from newsletter.services import issues
from portal.mailings.emails import TOKEN_SLOT
from tests.newsletter import THURSDAY

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://example.org/?a=1&b=2"


@pytest.fixture
def approve(issue, writer, second):
    def act():
        issue.refresh_from_db()
        issues.submit(issue, by=writer)
        issues.approve(issue, by=second, moment=THURSDAY)
        issue.refresh_from_db()
        return issue

    Block.objects.create(
        issue=issue,
        position=1,
        kind=BlockKind.CALL,
        link=ELSEWHERE,
        **{f"{name}_{code}": "Say" for name in ("heading", "text", "link_label") for code in ("ar", "en", "zh_hans")},
    )
    return act


def links(html):
    return re.findall(r'<a[^>]*href="([^"]+)"', html)


def counts():
    return dict(CountedLink.objects.filter(clicks__gt=0).values_list("address", "clicks"))


def test_links_lead_where_they_lead_by_default(approve):
    mail = approve().pages.get(language="en").mail
    assert "https://example.org/?a=1&amp;b=2" in links(mail)
    assert not any("/go/" in link for link in links(mail))
    assert "counts how often" not in mail
    assert not CountedLink.objects.exists()


def test_where_clicks_are_counted_links_lead_through_the_portal(approve, settings, client):
    settings.NEWSLETTER_COUNT_CLICKS = True
    found = approve()
    page = found.pages.get(language="en")
    link = CountedLink.objects.get(issue=found, language="en", address=ELSEWHERE)
    through = f"/en/newsletter/issues/{found.code}/go/{link.number}/"
    assert settings.BASE_URL.rstrip("/") + through in links(page.mail)
    assert "https://example.org" not in page.mail
    assert "counts how often each is followed, but not by whom" in page.mail
    # A reader's own links, the text and the archive stay as they are.
    assert len([link for link in links(page.mail) if TOKEN_SLOT in link]) == 2
    assert ELSEWHERE in page.text
    assert "/go/" not in page.page
    for count in (1, 2):
        answer = client.get(through)
        assert (answer.status_code, answer["Location"]) == (302, ELSEWHERE)
        assert counts() == {ELSEWHERE: count}
    assert client.cookies == {}
    assert client.head(through)["Location"] == ELSEWHERE
    assert counts() == {ELSEWHERE: 2}
    assert client.post(through).status_code == 405


def test_only_links_of_an_approved_edition_lead_anywhere(approve, settings, client):
    settings.NEWSLETTER_COUNT_CLICKS = True
    found = approve()
    number = CountedLink.objects.get(issue=found, language="en", address=ELSEWHERE).number
    last = CountedLink.objects.filter(language="en").count()
    for path in (f"/en/newsletter/issues/{found.code}/go/{last + 1}/", f"/en/newsletter/issues/nobody/go/{number}/"):
        assert client.get(path).status_code == 404
    issues.recall(found, by=found.submitted_by)
    assert client.get(f"/en/newsletter/issues/{found.code}/go/{number}/").status_code == 404


def test_approved_again_the_links_are_those_of_now(approve, settings, second):
    settings.NEWSLETTER_COUNT_CLICKS = True
    found = approve()
    first = CountedLink.objects.count()
    issues.recall(found, by=second)
    Block.objects.filter(link=ELSEWHERE).update(link="https://example.org/other")
    approve()
    assert CountedLink.objects.count() == first
    assert not CountedLink.objects.filter(address=ELSEWHERE).exists()
