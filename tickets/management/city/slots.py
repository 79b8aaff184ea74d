"""The promises of the city, reckoned by the portal's own arithmetic for some thousand moments of three years.

A million requests come in at these moments, so that each promise is what the portal would have given, and a
recomputation moves none of them. They are put into tables that live as long as the connection's transaction.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from portal.accounts.models import Organisation
from portal.calendars.choices import Level, Pause, Target
from portal.calendars.models import Deadline, ServiceLevel, Wait
from portal.calendars.selectors.book import Book
from portal.calendars.services.reckoning import Facts, reckon, set_terms
from portal.registry import DemoStage
from portal.web.management.copying import copy_into
from tickets.choices import Stage, TicketKind
from tickets.services.reminders import alarms_for

DAYS = 3 * 365
PER_DAY = 4
# What came in within so many days may have been taken up again, or staff may have to be reminded of it.
RECENT = timedelta(days=120)
# A request taken up again was solved half way to its due moment, and found wanting so much later.
DOUBT = timedelta(days=4)

_TABLES = """
    CREATE TEMP TABLE city_moment (moment integer PRIMARY KEY, at timestamptz) ON COMMIT DROP;
    CREATE TEMP TABLE city_slot (
        clock integer, moment integer, calendar_id bigint, amount integer, unit text,
        deemed_at timestamptz, due_at timestamptz, receipt jsonb
    ) ON COMMIT DROP;
    CREATE TEMP TABLE city_reopened (
        clock integer, moment integer, solved_at timestamptz, reopened_at timestamptz, due_at timestamptz, receipt jsonb
    ) ON COMMIT DROP;
    CREATE TEMP TABLE city_alarm (
        bell integer, moment integer, due_at timestamptz, stage text, at timestamptz
    ) ON COMMIT DROP;
    CREATE TEMP TABLE city_terms (
        organisation_id bigint, kind text, target text, clock integer, bell integer
    ) ON COMMIT DROP;
"""


@dataclass
class Slots:
    """Clocks are terms with a calendar; bells are clocks with the hours in which staff are told."""

    stage: DemoStage
    bodies: list[Organisation]
    book: Book = field(default_factory=Book)
    clocks: dict[tuple[Any, ...], int] = field(default_factory=dict)
    bells: dict[tuple[Any, ...], int] = field(default_factory=dict)
    examples: dict[int, Deadline] = field(default_factory=dict)
    rung: dict[int, Deadline] = field(default_factory=dict)

    def write(self) -> int:
        """Write the tables; return how many moments there are."""
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
        moments = sorted(self._moments())
        self._copy("city_moment", ["moment", "at"], list(enumerate((at.isoformat() for at in moments), start=1)))
        terms = [row for body in self.bodies for kind in TicketKind for row in self._terms(body, kind)]
        self._copy("city_terms", ["organisation_id", "kind", "target", "clock", "bell"], terms)
        self._write_slots(moments)
        return len(moments)

    def _moments(self) -> Iterator[datetime]:
        """Give the moments: most by day, none after the anchor."""
        for day in range(1, DAYS + 1):
            for _number in range(PER_DAY):
                hour = min(23.9, max(0.1, self.stage.random.gauss(13, 4)))
                at = self.stage.anchor - timedelta(days=day) + timedelta(hours=hour)
                # By the same clock as what the database gives back, so that receipts are word for word the same.
                yield at.astimezone(UTC).replace(microsecond=0)

    def _terms(self, body: Organisation, kind: TicketKind) -> Iterator[tuple[Any, ...]]:
        level = Level(kind)
        own = ServiceLevel.objects.filter(level=level).nearest(body.pk).first()
        targets = [Target.REPLY, Target.SOLUTION] if own and own.solution_amount else [Target.REPLY]
        for target in targets:
            deadline = Deadline(organisation_id=body.pk, level=level, target=target)
            set_terms(deadline, self.book)
            clock = (deadline.amount, deadline.unit, deadline.calendar_id)
            hours = deadline.calendar_id or self.book.main_calendar(body.pk)
            bell = (*clock, hours, target == Target.REPLY and self.book.alerts_at_once(body.pk, level))
            number = self.clocks.setdefault(clock, len(self.clocks))
            self.examples.setdefault(number, deadline)
            rung = self.bells.setdefault(bell, len(self.bells))
            self.rung.setdefault(rung, deadline)
            yield body.pk, kind.value, target.value, number, rung

    def _write_slots(self, moments: list[datetime]) -> None:
        since = self.stage.anchor - RECENT
        recent = [(place, at) for place, at in enumerate(moments, start=1) if at >= since]
        slots = (
            (clock, place, *self._slot(example, at))
            for clock, example in self.examples.items()
            for place, at in enumerate(moments, start=1)
        )
        columns = ["calendar_id", "amount", "unit", "deemed_at", "due_at", "receipt"]
        self._copy("city_slot", ["clock", "moment", *columns], slots, total=len(self.examples) * len(moments))
        found = ((clock, *each) for clock, example in self.examples.items() for each in self._reopened(example, recent))
        columns = ["solved_at", "reopened_at", "due_at", "receipt"]
        self._copy("city_reopened", ["clock", "moment", *columns], list(found))
        rings = ((bell, *each) for bell, example in self.rung.items() for each in self._alarms(example, recent))
        self._copy("city_alarm", ["bell", "moment", "due_at", "stage", "at"], list(rings))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE city_moment, city_terms, city_slot, city_reopened, city_alarm")

    def _slot(self, deadline: Deadline, at: datetime) -> tuple[Any, ...]:
        due_at, receipt = self._reckon(deadline, at, Facts())
        deemed = deadline.deemed_at.isoformat() if deadline.deemed_at else None
        return deadline.calendar_id, deadline.amount, deadline.unit, deemed, due_at.isoformat(), receipt

    def _reckon(self, deadline: Deadline, at: datetime, facts: Facts) -> tuple[datetime, str]:
        deadline.started_at = at
        found = reckon(deadline, facts, self.book)
        return found.due_at, json.dumps(found.receipt, ensure_ascii=False)

    def _reopened(self, deadline: Deadline, recent: list[tuple[int, datetime]]) -> Iterator[tuple[Any, ...]]:
        for place, at in recent:
            due_at, _receipt = self._reckon(deadline, at, Facts())
            solved_at = at + (due_at - at) // 2
            reopened_at = solved_at + DOUBT
            if reopened_at < self.stage.anchor:
                wait = Wait(since=solved_at, until=reopened_at, pause=Pause.SOLVED)
                due_at, receipt = self._reckon(deadline, at, Facts([wait]))
                yield place, solved_at.isoformat(), reopened_at.isoformat(), due_at.isoformat(), receipt

    def _alarms(self, deadline: Deadline, recent: list[tuple[int, datetime]]) -> Iterator[tuple[Any, ...]]:
        """Give when staff are told, for the promise as given and for the one after a reopening."""
        for place, at in recent:
            dues = [self._reckon(deadline, at, Facts())[0]]
            solved_at = at + (dues[0] - at) // 2
            if solved_at + DOUBT < self.stage.anchor:
                wait = Wait(since=solved_at, until=solved_at + DOUBT, pause=Pause.SOLVED)
                dues.append(self._reckon(deadline, at, Facts([wait]))[0])
            for deadline.due_at in dues:
                stages: dict[Stage, datetime] = alarms_for(deadline, self.book)
                for stage, rings_at in stages.items():
                    yield place, deadline.due_at.isoformat(), stage.value, rings_at.isoformat()

    def _copy(self, table: str, columns: list[str], rows: Any, total: int | None = None) -> None:
        count = total if total is not None else len(rows)
        say = self.stage.say if total is not None else lambda line: None
        copy_into(table, columns, rows, total=count, what="promises reckoned", say=say)
