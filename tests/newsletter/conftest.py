"""A list, and readers."""

import pytest

from newsletter.models import MailingList
from newsletter.rules import token_of
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from tests.factories import OrganisationFactory


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
