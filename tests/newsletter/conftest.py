"""A list, and readers."""

import pytest

from newsletter.choices import BlockKind
from newsletter.models import Block, MailingList
from newsletter.rules import token_of
from newsletter.services import issues, subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.choices import OrganisationKind, Role
from tests.factories import OrganisationFactory, staff
from tests.newsletter import THURSDAY


@pytest.fixture
def monday(db):
    """The list that is open to everybody."""
    return MailingList.objects.create(
        code="monday",
        name_ar="نشرة الاثنين",
        name_en="The Monday newsletter",
        name_zh_hans="周一简报",
        organisation=OrganisationFactory(),
    )


@pytest.fixture
def wish(monday):
    return Wish(language="ar", lists=[monday])


@pytest.fixture
def reader(wish):
    """Somebody who subscribed and confirmed."""
    return subscribing.confirm(subscribing.ask("reader@example.org", wish))


def token(subscription):
    subscription.refresh_from_db()
    return token_of(subscription.code, subscription.salt)


@pytest.fixture
def ministry(db):
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def writer(ministry):
    return staff(Role.EDITOR, ministry)


@pytest.fixture
def second(ministry):
    return staff(Role.MANAGER, ministry)


@pytest.fixture
def issue(ministry):
    return written(issues.make_next(THURSDAY))


def written(issue):
    """Return an issue that is complete in three languages."""
    for code, subject in (("ar", "ما الجديد"), ("en", "What is new"), ("zh_hans", "最新动态")):
        setattr(issue, f"subject_{code}", subject)
    issue.save()
    Block.objects.create(
        issue=issue,
        kind=BlockKind.LEAD,
        heading_ar="افتتاح",
        heading_en="Opening",
        heading_zh_hans="开篇",
        text_ar="نص **مهم**",
        text_en="Some **bold** words and a [link](/en/consultations/)",
        text_zh_hans="重要文字",
    )
    return issue
