"""The demonstration's surveys: four rounds of one questionnaire, and others in every state, with 2,500 answers.

Rows are written directly and in bulk, since services date everything now. Once anybody has made a survey, nothing is
added.
"""

import hashlib
import random
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from portal.accounts.choices import ParticipantKind
from portal.accounts.models import Organisation, Person
from portal.registry import DemoStage
from portal.text import new_code
from portal.urns.models import Urn
from portal.web.management.copying import copy_rows
from surveys.choices import ENTERED, URN, Audience, SheetState, Status
from surveys.management.demo_drawing import CONTENT, LANGUAGES, Respondent, answer, respondents
from surveys.management.demo_inviting import invite
from surveys.management.demo_leaving import Spare, leave
from surveys.management.demo_plan import PLAN, Planned
from surveys.models import Answer, Participation, Sheet, StateChange, Survey, Version
from surveys.rules.recording import rows_of, tallies_of
from surveys.rules.shapes import Questionnaire, to_json
from surveys.selectors.structure import questionnaire_in, questionnaire_of
from surveys.services.building import duplicate, search_text
from surveys.services.counting import BEGUN, HANDED_IN, Group, count_answers, count_pages, monday_of
from surveys.services.handing_in import group_for
from surveys.services.starters import create

# Of those entered one in ten was looked at twice: what became of them, in turn.
SAMPLE = 10
_LOOKED = (SheetState.COUNTED, SheetState.LOOKED_FOR, SheetState.COUNTED)


def load(stage: DemoStage) -> None:
    """Load all surveys with their versions, answers and counters."""
    if not Survey.objects.filter(is_template=False).exists():
        loader = _Loader(stage)
        for planned in PLAN:
            loader.load(planned)
    stage.say(f"{Survey.objects.filter(is_template=False).count()} surveys, {Sheet.objects.count()} answers")


class _Loader:
    """Writes them one after the other: a round refers to the one before."""

    def __init__(self, stage: DemoStage) -> None:
        self.stage = stage
        self.bodies = {body.code: body for body in Organisation.objects.public_bodies()}
        self.editor = Person.objects.get(email="editor@demo.example")
        self.second = Person.objects.get(email="admin@demo.example")
        people = Person.objects.filter(email__endswith="@people.demo.example", kind=ParticipantKind.INDIVIDUAL)
        self.people = {code: list(people.filter(language=code).order_by("pk")) for code in LANGUAGES}
        self.members = Organisation.objects.filter(kind__in=["agency", "company", "association"])
        self.made: dict[str, Survey] = {}

    def load(self, planned: Planned) -> None:
        """Write one survey. Each draws from a source of its own, so that a change of one leaves the others alone."""
        draw = random.Random(f"{planned.name} {self.stage.random.random()}")
        survey = self.made[planned.name] = self._make(planned)
        if planned.status == Status.DRAFT:
            return
        questionnaire = self._publish(survey, planned)
        if not planned.count:
            return
        until = min(filter(None, (self._day(planned.decided), survey.closes_at, self.stage.anchor)))
        people = respondents(planned, until=until, opened=survey.opens_at, draw=draw)
        spare = self._seat(people) if survey.audience == Audience.SIGNED_IN else []
        tokens = invite(survey, planned, people, by=self.editor, draw=draw) if planned.invited else []
        answer(questionnaire, planned, people, draw)
        written = _Writer(self, survey, planned, questionnaire, draw)
        written.write(people)
        leave(survey, questionnaire, planned, people, spare=Spare(spare, tokens), until=until, draw=draw)

    # Surveys

    def _make(self, planned: Planned) -> Survey:
        survey = self._begun(planned)
        for name, value in planned.fields.items():
            setattr(survey, name, value)
        for code, title in self._titles(planned).items():
            setattr(survey, f"title_{code.replace('-', '_')}", title)
        survey.opens_at, survey.closes_at = self._day(planned.opens, hour=8), self._day(planned.closes, hour=16)
        decided = self._day(planned.decided, hour=10)
        is_over = survey.closes_at is not None and survey.closes_at < self.stage.anchor
        survey.published_at = None if planned.status == Status.DRAFT else _before(survey.opens_at)
        survey.closed_at = survey.closes_at if is_over and planned.status == Status.RESULTS else None
        survey.results_at = decided if planned.status == Status.RESULTS else None
        survey.updated_at = decided or min(survey.published_at or self.stage.anchor, self.stage.anchor)
        survey.answer_count, survey.search_text = planned.count, search_text(survey)
        # Only with a version of its own may it be public.
        survey.status = Status.DRAFT
        survey.save()
        if planned.source == "satisfaction":
            survey.members_of.set(self.members)
        return survey

    def _begun(self, planned: Planned) -> Survey:
        body = self.bodies[planned.body]
        if planned.previous:
            return duplicate(self.made[planned.previous], by=None, is_next_round=True)
        template = Survey.objects.templates().filter(starter=planned.source).first()
        if template is not None:
            return duplicate(template, by=None, organisation=body)
        row = tomllib.loads((CONTENT / f"{planned.source}.toml").read_text(encoding="utf-8"))
        return create(row, body)

    def _titles(self, planned: Planned) -> dict[str, str]:
        """Return its titles; rounds count their quarters back from that of the last one."""
        if planned.source != "satisfaction":
            return dict(planned.titles)
        ago = len([one for one in PLAN if one.source == "satisfaction"]) - int(planned.name.removeprefix("round"))
        last = self._day(PLAN[3].opens)
        quarters = last.year * 4 + (last.month - 1) // 3 - ago
        fill = {"year": quarters // 4, "quarter": quarters % 4 + 1}
        arabic = ("الأول", "الثاني", "الثالث", "الرابع")[quarters % 4]
        return {
            code: title.format(**fill | ({"quarter": arabic} if code == "ar" else {}))
            for code, title in planned.titles.items()
        }

    def _day(self, days: float | None, *, hour: int = 0) -> datetime | None:
        if days is None:
            return None
        day = (self.stage.anchor + timedelta(days=days)).astimezone(timezone.get_default_timezone())
        return day.replace(hour=hour, minute=0, second=0, microsecond=0)

    def _publish(self, survey: Survey, planned: Planned) -> Questionnaire:
        """Keep what it asks as its first version, and how it came to stand where it stands."""
        asked = questionnaire_of(survey)
        survey.version = Version.objects.create(
            survey=survey,
            number=1,
            edition=1,
            consent_number=1 if asked.consent else 0,
            structure=to_json(asked),
            made_at=survey.published_at,
            made_by_id=self.editor.pk,
        )
        survey.status = planned.status
        survey.save(update_fields=["version", "status"])
        moves = [(Status.LIVE, survey.published_at)]
        if planned.decided is not None:
            moves.append((planned.status, survey.updated_at))
        StateChange.objects.bulk_create(
            StateChange(survey=survey, status=status, at=at, by_id=self.editor.pk) for status, at in moves
        )
        if survey.is_anonymous:
            Urn.objects.get_or_create(owner=URN, code=survey.code)
        return questionnaire_in(survey.version)

    def _seat(self, people: list[Respondent]) -> list[Person]:
        """Give accounts to those who answered here signed in, each one; return the accounts that are left."""
        waiting = {code: list(known) for code, known in self.people.items()}
        for one in people:
            if one.channel in ENTERED:
                continue
            if not waiting[one.language]:
                one.language = max(waiting, key=lambda code: len(waiting[code]))
            one.person = waiting[one.language].pop(0)
        return [person for known in waiting.values() for person in known]


def _before(opens: datetime) -> datetime:
    """Return when a survey that opens then was published."""
    return opens - timedelta(days=2, hours=-3)


class _Writer:
    """Writes the answers to one survey as rows and counters."""

    def __init__(
        self, loader: _Loader, survey: Survey, planned: Planned, questionnaire: Questionnaire, draw: random.Random
    ) -> None:
        self.loader, self.survey, self.planned = loader, survey, planned
        self.questionnaire, self.draw = questionnaire, draw
        self.entered = 0

    def write(self, people: list[Respondent]) -> None:
        """Write all of them; of what was entered, one besides that a second look refused."""
        sheets = [self._sheet(one) for one in people]
        pairs = list(zip(sheets, people, strict=True))
        Participation.objects.bulk_create(part for part in map(self._participation, people))
        if not self.survey.is_anonymous:
            self._tie(sheets)
        refused = self._refused(pairs)
        Sheet.objects.bulk_create([*sheets, *(sheet for sheet, _one in refused)])
        self._answers([*pairs, *refused])
        self._count(pairs)

    def _participation(self, one: Respondent) -> Participation:
        if one.person is not None:
            return Participation(survey=self.survey, person=one.person)
        token = one.token or hashlib.sha256(f"{self.survey.pk} {self.draw.random()}".encode()).hexdigest()
        is_told_apart = self.survey.one_each and one.channel not in ENTERED
        return Participation(survey=self.survey, token_hash=token, is_only=is_told_apart)

    def _tie(self, sheets: list[Sheet]) -> None:
        parts = Participation.objects.filter(survey=self.survey).order_by("pk")
        for sheet, part in zip(sheets, parts, strict=True):
            sheet.participation = part

    def _sheet(self, one: Respondent) -> Sheet:
        is_entered, is_anonymous = one.channel in ENTERED, self.survey.is_anonymous
        sheet = Sheet(
            survey=self.survey,
            number=1,
            language=one.language,
            channel=one.channel,
            week=monday_of(timezone.localdate(one.at)),
            consent_number=1 if self.questionnaire.consent else 0,
            is_anonymous=is_anonymous,
            submitted_at=None if is_anonymous else one.at,
            minutes=None if is_entered else self._minutes(),
            dropped=1 if self.draw.random() < 0.03 else 0,
            organisation_kind=one.kind,
            entered_by=self.loader.editor if is_entered else None,
            reference=new_code(6).upper() if is_entered else "",
        )
        if is_entered:
            self._look(sheet)
        return sheet

    def _minutes(self) -> int:
        return max(1, round(self.draw.lognormvariate(0, 0.5) * self.planned.minutes))

    def _look(self, sheet: Sheet) -> None:
        self.entered += 1
        if self.entered % SAMPLE == 0:
            sheet.state = _LOOKED[self.entered // SAMPLE % len(_LOOKED)]
            sheet.looked_at_by = self.loader.second if sheet.state == SheetState.COUNTED else None

    def _refused(self, pairs: list[tuple[Sheet, Respondent]]) -> list[tuple[Sheet, Respondent]]:
        """Return an answer that was entered wrongly: it is kept, and counts nowhere."""
        found = next(((sheet, one) for sheet, one in pairs if one.channel in ENTERED), None)
        if found is None:
            return []
        sheet, one = self._sheet(found[1]), found[1]
        part = self._participation(replace(one, person=None, token=""))
        part.save(force_insert=True)
        sheet.participation, sheet.state, sheet.looked_at_by = part, SheetState.REFUSED, self.loader.second
        return [(sheet, one)]

    def _answers(self, pairs: list[tuple[Sheet, Respondent]]) -> None:
        names = ["id", "sheet", "question", "row", "option", "number", "day", "text"]
        rows = [
            (uuid4(), sheet.pk, row.question, row.row, row.option, row.number, row.day, row.text)
            for sheet, one in pairs
            for row in rows_of(self.questionnaire, one.answers)
        ]
        if self.survey.is_anonymous:
            # Mixed, as they come out of an urn.
            self.draw.shuffle(rows)
        copy_rows(Answer, names, rows, total=len(rows), what=self.planned.name, say=lambda line: None)

    def _count(self, pairs: list[tuple[Sheet, Respondent]]) -> None:
        counted: list[Any] = []
        pages: Counter[tuple[Group, str]] = Counter()
        codes = [BEGUN, *(page.code for page in self.questionnaire.pages), HANDED_IN]
        for sheet, one in pairs:
            group = group_for(sheet)
            counted += [(group, tally) for tally in tallies_of(self.questionnaire, one.answers)]
            pages.update((group, code) for code in codes)
        count_answers(counted)
        count_pages(pages)
