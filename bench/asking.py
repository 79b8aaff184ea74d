"""People who open requests by the portal's own form: it is filled in, then looked at and sent."""

from collections.abc import Iterator
from itertools import count, cycle

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.urls import reverse
from django.utils import timezone, translation

from bench.load import MakeRequest
from bench.people import signed
from tickets.models import Draft, Ticket

# Filled in and not sent yet, as many of each person as one session knows.
DRAFTS_OF_ONE = 3
SUBJECT = "The lamp before our house is dark"
TEXT = "It has been out for a week, and the pavement there is uneven. Could somebody look at it? House number {}."


class Asking:
    """Both steps for signed-in people; in the end it tells whether what was answered is there."""

    def __init__(self, sessions: list[str]) -> None:
        self.began = timezone.now()
        self.sent = 0
        self._drafts = self._write_drafts(sessions)
        self._people, self._numbers = cycle(reversed(sessions)), count(1)
        with translation.override("en"):
            self._ask = reverse("tickets:ask")
            self._check = reverse("tickets:check", args=["CODE"])
        # Nobody writes so fast: the form says that it was shown a minute ago.
        self._shown = signing.dumps(int(self.began.timestamp()) - 60, salt="tickets.form")

    def asked(self) -> dict[str, tuple[MakeRequest, int]]:
        """Return both steps for ``bench.speed``."""
        return {"fill in": (self._fill_in, 302), "send": (self._send, 302)}

    def check(self) -> None:
        """Raise where fewer requests were opened than sent."""
        opened = Ticket.objects.filter(created_at__gte=self.began, subject=SUBJECT).count()
        if opened < 0.97 * self.sent:
            raise RuntimeError(f"{self.sent} requests were sent, and {opened} are there")

    def _fill_in(self) -> bytes:
        return signed(self._ask, self._fields() | {"shown": self._shown}, next(self._people))

    def _send(self) -> bytes:
        session, code = next(self._drafts)
        self.sent += 1
        return signed(self._check.replace("CODE", code), {}, session)

    def _fields(self) -> dict[str, str]:
        return {
            **{"kind": "complaint", "about": "service:bulky-waste", "language": "en", "reply_by": "email"},
            **{"subject": SUBJECT, "text": TEXT.format(next(self._numbers))},
        }

    def _write_drafts(self, sessions: list[str]) -> Iterator[tuple[str, str]]:
        """Give each person drafts that their session knows."""
        store = SessionStore()
        kept = {each.session_key: each for each in Session.objects.filter(session_key__in=sessions)}
        drafts: list[Draft] = []
        for key in sessions:
            data = kept[key].get_decoded()
            mine = [Draft(data=_data(data[SESSION_KEY])) for _number in range(DRAFTS_OF_ONE)]
            drafts += mine
            kept[key].session_data = store.encode(data | {"ticket_drafts": [draft.code for draft in mine]})
        Draft.objects.bulk_create(drafts, batch_size=1000)
        Session.objects.bulk_update(kept.values(), ["session_data"], batch_size=500)
        turns = [
            (key, drafts[place * DRAFTS_OF_ONE + turn])
            for turn in range(DRAFTS_OF_ONE)
            for place, key in enumerate(sessions)
        ]
        return ((key, draft.code) for key, draft in turns)


def _data(person: str) -> dict[str, str]:
    return {
        **{"kind": "complaint", "about": "service:bulky-waste", "language": "en", "reply_by": "email", "phone": ""},
        **{"subject": SUBJECT, "text": TEXT.format(person)},
    }
