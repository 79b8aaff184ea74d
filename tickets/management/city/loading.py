"""A million requests of three years, a tenth of them open: written by a few large statements."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from portal.accounts.choices import Role
from portal.accounts.models import Membership, Organisation, Person
from portal.registry import DemoStage
from portal.web.management.copying import copy_into
from tickets.choices import TicketKind
from tickets.management.city import plan, rows
from tickets.management.city.bulk import bare
from tickets.management.city.slots import DAYS, Slots
from tickets.models import Ticket
from tickets.selectors.links import hash_of, token_of

CONTENT = Path(__file__).resolve().parents[2] / "demo" / "requests"
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
MARK = "city-request-"
# Nobody signs in as them: they have no passwords.
PEOPLE, GUESTS, AGENTS = "city.demo.example", "guests.demo.example", "desk.demo.example"
VARIANTS = 24
_AGENT_NAMES = ("سعد الحربي", "Noura Haddad", "Karim Osman", "منى العتيبي")

_STEPS = (
    ("promises", rows.DEADLINES),
    ("their history", rows.HISTORY),
    ("times in which they stood still", rows.WAITS),
    ("promises that were missed", rows.BREACHES),
    ("reminders", rows.ALARMS),
    ("requests", rows.TICKETS),
    ("contributions", rows.ENTRIES),
    ("changes of state", rows.MOVES),
    ("ratings", rows.RATINGS),
)
TABLES = [
    *("calendars_deadline", "calendars_promise", "calendars_wait", "calendars_breach"),
    *("tickets_ticket", "tickets_entry", "tickets_move", "tickets_alarm", "tickets_rating"),
]


@dataclass(frozen=True)
class Size:
    """How many requests, and how many guests without an account sent them."""

    requests: int = 1_000_000
    guests: int = 60_000


CITY = Size()


def load(stage: DemoStage, size: Size = CITY) -> None:
    """Load all requests of the city, unless there are some already."""
    if not Ticket.objects.filter(once__startswith=MARK).exists():
        _City(stage, size).load()


class _City:
    def __init__(self, stage: DemoStage, size: Size) -> None:
        self.stage, self.size = stage, size
        self.bodies = {body.code: body for body in Organisation.objects.filter(code__in=plan.BODIES)}
        self.values: dict[str, Any] = {
            "count": size.requests,
            "mark": MARK,
            "variants": VARIANTS,
            "agents": plan.AGENTS_OF_BODY,
            "anchor": stage.anchor,
            "now": max(timezone.now(), stage.anchor),
        }

    def load(self) -> None:
        """Draw what happened, then write it."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '256MB'")
        moments = Slots(self.stage, list(self.bodies.values())).write()
        people, contact = self._people(), self._guests()
        self._agents()
        self._words()
        plan.draw(
            count=self.size.requests,
            moments=moments,
            anchor=self.stage.anchor,
            bodies={code: body.pk for code, body in self.bodies.items()},
            people=people,
            contact=contact,
            contacts=self.size.guests,
        )
        self._names()
        self.values["deadline"] = _reserve("calendars_deadline", 2 * self.size.requests)
        self.values["ticket"] = _reserve("tickets_ticket", self.size.requests)
        self._run(rows.PROMISES)
        _analyse("city_promise")
        with bare(TABLES):
            for what, statement in _STEPS:
                self.stage.say(f"{self._run(statement):,} {what}")
            self.stage.say("indexes and foreign keys")
        _analyse(*TABLES, "accounts_contact")

    def _run(self, statement: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, self.values)
            return cursor.rowcount

    def _people(self) -> int:
        """Number those of the city's people who may have written; return how many."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE city_person ON COMMIT DROP AS"
                " SELECT row_number() OVER (ORDER BY id) AS number, id AS pk, language, date_joined AS joined"
                " FROM accounts_person WHERE email LIKE %s",
                [f"%@{PEOPLE}"],
            )
            count = cursor.rowcount
        _analyse("city_person")
        return count

    def _guests(self) -> int:
        """Write those without an account; return the key before the first one's."""
        first = _reserve("accounts_contact", self.size.guests)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_contact (id, code, email, email_key, display_name, language, created_at)"
                " SELECT %(first)s + n, 'cityguest' || n, address, address, '', 'ar', %(since)s"
                " FROM (SELECT n, 'g' || lpad(n::text, 6, '0') || %(domain)s AS address"
                " FROM generate_series(1, %(guests)s) AS n) AS numbered",
                {
                    **{"first": first, "guests": self.size.guests, "domain": f"@{GUESTS}"},
                    "since": self.stage.anchor - timezone.timedelta(days=DAYS),
                },
            )
        return first

    def _agents(self) -> None:
        """Write some agents for each body, who have answered all that was answered."""
        found = []
        for code, body in self.bodies.items():
            for number in range(1, plan.AGENTS_OF_BODY + 1):
                address = f"{code}{number}@{AGENTS}"
                person = Person.objects.create(
                    email=address,
                    email_key=address,
                    display_name=_AGENT_NAMES[number - 1],
                    language="ar",
                    is_staff=True,
                    password=make_password(None),
                    date_joined=self.stage.anchor - timezone.timedelta(days=DAYS),
                )
                Membership.objects.create(person=person, organisation=body, role=Role.AGENT)
                found.append((body.pk, number, person.pk))
        self._table("city_agent", "organisation_id bigint, number integer, pk bigint", found)

    def _words(self) -> None:
        """Put together the texts: those of the demonstration, from many places."""
        found = [row for short, language in LANGUAGES.items() for row in _texts(short, language, self.stage.random)]
        columns = "subject, text, question, answer, received, reply, doubt, note, name"
        described = ", ".join(f"{name} text" for name in columns.split(", "))
        self._table("city_words", f"language text, kind text, number integer, {described}", found)

    def _names(self) -> None:
        """Give each its code and reference, and the link that its sender was sent."""
        self._run(rows.NAMES)
        _analyse("city_name")
        with connection.cursor() as cursor:
            cursor.execute("SELECT n, code, salt FROM city_name ORDER BY n")
            named = cursor.fetchall()
        hashed = ((n, hash_of(token_of(SimpleNamespace(code=code, secret_salt=salt)))) for n, code, salt in named)
        self._table("city_hash", "n bigint, secret_hash text", hashed, total=len(named))

    def _table(self, name: str, columns: str, found: Any, total: int | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
        names = [column.split()[0] for column in columns.split(", ")]
        say = self.stage.say if total is not None else lambda line: None
        copy_into(name, names, found, total=total or len(found), what="links", say=say)
        _analyse(name)


def _texts(short: str, language: str, source: random.Random) -> Iterator[tuple[Any, ...]]:
    content = tomllib.loads((CONTENT / f"{short}.toml").read_text(encoding="utf-8"))
    for kind in TicketKind:
        fitting = [each for each in content["requests"] if each["kind"] == kind] or content["requests"]
        for number in range(1, VARIANTS + 1):
            told = fitting[number % len(fitting)]
            place = {"street": source.choice(content["streets"]), "quarter": source.choice(content["quarters"])}
            texts = (
                *(told["subject"], told["text"], told.get("question", content["question"])),
                *(told.get("answer", content["answer"]), source.choice(content["received"]), told["reply"]),
                *(source.choice(content["doubt"]), source.choice(content["notes"]), source.choice(content["names"])),
            )
            filled = (text.format(**place, number=source.randint(1200, 9800)) for text in texts)
            yield language, kind.value, number, *filled


def _analyse(*tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _reserve(table: str, count: int) -> int:
    """Take so many keys of a table; return the one before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s)", [sequence])
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + count])
    return first
