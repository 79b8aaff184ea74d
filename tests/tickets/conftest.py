"""A body that answers requests by the agreed calendar, its agent, and a clock that tests set."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from portal.accounts.choices import Role
from tests.calendars import calendar_of, riyadh
from tests.factories import OrganisationFactory, staff
from tickets.choices import TicketKind
from tickets.services.asking import Asked, Sender, open_ticket


class Clock:
    """The server's clock, which stands where a test puts it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def at(self, text: str) -> None:
        """Put it to a moment of Riyadh in 2026: “04-05 10:00”."""
        self.moment = riyadh(text)

    def add(self, **span: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**span)


@pytest.fixture
def clock(monkeypatch):
    """Stand at half past nine on Sunday 5 April 2026, as most of the agreed cases."""
    made = Clock(riyadh("04-05 09:30"))
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def body(db):
    made = OrganisationFactory()
    calendar_of(made)
    return made


@pytest.fixture
def agent(body):
    return staff(Role.AGENT, body)


@pytest.fixture
def ask(body):
    """Open a request: of a guest unless a sender is given."""

    def make(kind=TicketKind.ENQUIRY, sender=None, **changes):
        values = {
            "kind": kind,
            "subject": "A street light",
            "text": "It has been dark for a week.",
            "language": "en",
            "organisation": body,
        } | changes
        return open_ticket(Asked(**values), sender or Sender(email="guest@example.org", name="Guest")).ticket

    return make
