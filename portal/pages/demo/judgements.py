"""A year of what readers of the demonstration think of its pages and services."""

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.pages import content
from portal.pages.choices import REASONS_AGAINST, REASONS_FOR, RemarkState, Scale, Stars, Useful
from portal.pages.models import Judgement, Remark, Service, Subject, Tally
from portal.pages.selectors.judging import SERVICE, week_of
from portal.registry import DemoStage
from portal.registry.judged import judged_pages

WEEKS = 52
_MOST_OF_A_KIND = 14
_LANGUAGES = {"ar": ("ar", 0.56), "en": ("en", 0.29), "zh": ("zh-hans", 0.15)}
# Of those who answer, so many say why.
_SAYING_WHY = 0.045
_STATES = (RemarkState.DONE, RemarkState.READ, RemarkState.NEW)


@dataclass
class _Written:
    """What is going to be written."""

    judgements: list[Judgement] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def load(stage: DemoStage) -> None:
    """Write the answers of a year, once: fewer about small pages, better ones where a page was improved."""
    if Judgement.objects.exists():
        return
    written, said = _Written(), _Said(stage)
    for subject in _subjects():
        if subject.kind != SERVICE or stage.random.random() < 0.8:
            _judge(stage, said, subject, Scale.USEFUL, written)
        if subject.kind == SERVICE:
            _judge(stage, said, subject, Scale.STARS, written)
    # In no order that would tell of which page one came first.
    stage.random.shuffle(written.judgements)
    Judgement.objects.bulk_create(written.judgements, batch_size=2000)
    written.remarks.sort(key=lambda remark: remark.day)
    Remark.objects.bulk_create(written.remarks)
    _tally(written.judgements)
    stage.say(f"  {len(written.judgements)} answers about pages and services, {len(written.remarks)} remarks")


def _subjects() -> list[Subject]:
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).values_list("pk", flat=True).first()
    rows = []
    for kind, entry in judged_pages.items():
        if entry.counts is None:
            limit = Service.objects.count() if kind == SERVICE else _MOST_OF_A_KIND
            found = entry.find(entry.keys(limit))
            rows += [
                Subject(kind=kind, key=key, organisation_id=page.organisation or ministry)
                for key, page in found.items()
            ]
    return Subject.objects.bulk_create(rows)


class _Said:
    """The words that fit a reason or some stars, by language."""

    def __init__(self, stage: DemoStage) -> None:
        path = content.FOLDER / "remarks.toml"
        self.rows = tomllib.loads(path.read_text(encoding="utf-8"))["remarks"]
        self.random = stage.random

    def fitting(self, scale: Scale, value: int, short: str) -> tuple[str, str]:
        """Return a reason (of a page) and, mostly, words."""
        if scale == Scale.STARS:
            texts = [row["text"][short] for row in self.rows if "stars" in row and _lies(value, row["stars"])]
            return "", self.random.choice(texts)
        reason = self.random.choice(REASONS_FOR if value == Useful.YES else REASONS_AGAINST)
        texts = [row["text"][short] for row in self.rows if row.get("reason") == reason]
        return str(reason), self.random.choice(texts) if self.random.random() < 0.6 else ""


def _lies(value: int, span: list[int]) -> bool:
    return span[0] <= value <= span[1]


def _judge(stage: DemoStage, said: _Said, subject: Subject, scale: Scale, written: _Written) -> None:
    """Write the answers about one thing: more of them and better ones towards the end of the year."""
    chance = stage.random
    today = timezone.localtime(stage.anchor).date()
    begin, rise = chance.uniform(0.52, 0.8), chance.uniform(-0.04, 0.16)
    per_week = chance.choice([0.4, 0.8, 1.5, 3.0]) * (1.6 if scale == Scale.STARS else 1)
    for ago in range(WEEKS, 0, -1):
        week = week_of(today) - timedelta(weeks=ago)
        goodness = min(0.95, begin + rise * (1 - ago / WEEKS))
        for _answer in range(_about(chance, per_week * (1.3 - 0.6 * ago / WEEKS))):
            value = _stars(chance, goodness) if scale == Scale.STARS else Useful(int(chance.random() < goodness))
            short = _language(chance)
            language = _LANGUAGES[short][0]
            written.judgements.append(
                Judgement(subject=subject, scale=scale, language=language, week=week, value=value)
            )
            if chance.random() < _SAYING_WHY:
                reason, text = said.fitting(scale, value, short)
                day = week + timedelta(days=chance.randint(0, 6))
                state = _state(chance, ago)
                written.remarks.append(
                    Remark(
                        subject=subject,
                        scale=scale,
                        value=value,
                        language=language,
                        reason=reason,
                        text=text,
                        day=day,
                        state=state,
                    )
                )


def _about(chance: Any, mean: float) -> int:
    """Return a whole number that is this on average."""
    spread = mean * chance.uniform(0.4, 1.6)
    return int(spread) + int(chance.random() < spread % 1)


def _stars(chance: Any, goodness: float) -> int:
    """Return stars whose mean follows the goodness: most people give four or five, or are angry."""
    weights = [0.32 * (1 - goodness), 0.3 * (1 - goodness), 0.38 * (1 - goodness), 0.45 * goodness, 0.55 * goodness]
    return chance.choices(Stars.values, weights)[0]


def _language(chance: Any) -> str:
    return chance.choices(list(_LANGUAGES), [share for _code, share in _LANGUAGES.values()])[0]


def _state(chance: Any, weeks_ago: int) -> RemarkState:
    """Return what became of a remark: old ones are done, the last weeks' wait."""
    if weeks_ago <= 3:
        return RemarkState.NEW
    return chance.choices(_STATES, (0.7, 0.22, 0.08))[0]


def _tally(judgements: list[Judgement]) -> None:
    """Count what was written."""
    cells: Counter[tuple[int, str, str, date, int]] = Counter(
        (each.subject_id, each.scale, each.language, each.week, each.value) for each in judgements
    )
    names = ("subject_id", "scale", "language", "week", "value")
    rows = [Tally(**dict(zip(names, cell, strict=True)), count=count) for cell, count in cells.items()]
    Tally.objects.bulk_create(rows, batch_size=2000)
