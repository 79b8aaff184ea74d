"""Looking for themes in the texts of a survey, and what staff do with what was found."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Person
from portal.audit.services import record
from portal.text import clean_line
from surveys.choices import JobKind, JobState, Status
from surveys.models import Job, Survey, Theme, ThemedText
from surveys.rules.themes import LEAST_TEXTS
from surveys.rules.understanding import may_read_texts
from surveys.selectors.exporting import is_settled
from surveys.selectors.texts import texts_of
from surveys.services import jobs
from surveys.services.refusals import SurveyRefused

# Whoever looks for themes is ended after so many seconds, and the themes there are stay.
SECONDS = 240
SEED = 6
# Of one question in one language so many texts are read: 50,000 take a minute.
MOST_TEXTS = 50_000
# A theme is taken for one that was there before if it has so much of its texts in common with it.
ALIKE = 0.4
# Days after its end in which a survey's last texts are read by themselves.
AFTER = timedelta(days=14)

Group = tuple[str, str]


class SearchFailed(RuntimeError):
    """The process that looks for themes failed or took too long."""


@dataclass(frozen=True)
class FoundTheme:
    """A theme as the process gives it: its words, and its texts by their keys, the nearest first."""

    terms: list[str]
    texts: list[UUID]


def ask_for_themes(survey: Survey, *, by: Person) -> Job:
    """Ask for themes to be looked for; raises ``SurveyRefused``."""
    if not may_read_texts(by, survey):
        raise SurveyRefused([])
    job = jobs.ask(survey, JobKind.THEMES, by=by)
    record("survey.themes_asked_for", survey, by=by)
    return job


def ask_where_due() -> None:
    """Ask for themes of surveys that are over, where texts came in since they were last looked for."""
    since = timezone.now() - AFTER
    ended = Q(closed_at__gte=since) | Q(closes_at__gte=since) | Q(published_at__gte=since)
    for survey in Survey.objects.real().filter(ended, status__in=[Status.LIVE, Status.CLOSED, Status.RESULTS]):
        if is_settled(survey) and _has_new_texts(survey):
            jobs.ask(survey, JobKind.THEMES, by=None)


def _has_new_texts(survey: Survey) -> bool:
    last = survey.jobs.filter(kind=JobKind.THEMES).order_by("-pk").first()
    if last is not None and last.state == JobState.FAILED:
        return False
    read = sum(one["texts"] for one in last.told) if last is not None else 0
    return texts_of(survey).count() != read


def look(job: Job) -> jobs.Write:
    """Look for themes in all texts of the job's survey; what is given back puts them in the place of the old ones."""
    groups, counts = _groups(job.survey)
    large = {group: rows for group, rows in groups.items() if len(rows) >= LEAST_TEXTS}
    found = dict(zip(large, search([(group[1], rows) for group, rows in large.items()]), strict=True))

    def write() -> dict[str, Any]:
        _replace(job.survey, found)
        return {"told": [_told(group, count, len(found.get(group, []))) for group, count in sorted(counts.items())]}

    return write


def _told(group: Group, texts: int, themes: int) -> dict[str, Any]:
    question, language = group
    is_few = texts < LEAST_TEXTS
    return {"question": question, "language": language, "texts": texts, "themes": themes, "few": is_few}


def _groups(survey: Survey) -> tuple[dict[Group, list[tuple[UUID, str]]], Counter[Group]]:
    """Return key and text by question and language, no more than are read, and how many there are."""
    found: dict[Group, list[tuple[UUID, str]]] = defaultdict(list)
    counts: Counter[Group] = Counter()
    rows = texts_of(survey).order_by("pk").values_list("question", "sheet__language", "pk", "text")
    for question, language, key, text in rows.iterator(chunk_size=2000):
        counts[question, language] += 1
        if counts[question, language] <= MOST_TEXTS:
            found[question, language].append((key, text))
    # By what is written: keys are random, and the same texts shall give the same themes.
    return {group: sorted(rows, key=lambda row: row[::-1]) for group, rows in found.items()}, counts


def search(groups: list[tuple[str, list[tuple[UUID, str]]]]) -> list[list[FoundTheme]]:
    """Return the themes of each group of texts, from a process of its own that gives its memory back.

    Raises ``SearchFailed``.
    """
    if not groups:
        return []
    asked = [{"language": language, "texts": [text for _key, text in rows]} for language, rows in groups]
    given = json.dumps({"seed": SEED, "groups": asked}).encode()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "find_themes"]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SearchFailed(f"no themes after {SECONDS} seconds") from None
    if done.returncode:
        raise SearchFailed(done.stderr.decode(errors="replace")[-2000:])
    return [
        [FoundTheme(theme["terms"], [rows[place][0] for place in theme["texts"]]) for theme in themes]
        for themes, (_language, rows) in zip(json.loads(done.stdout), groups, strict=True)
    ]


def _replace(survey: Survey, found: dict[Group, list[FoundTheme]]) -> None:
    """Put new themes in the place of the old; what staff said of an old one goes on with the new one like it."""
    old = list(survey.themes.select_for_update().prefetch_related("texts"))
    before: dict[Group, list[tuple[Theme, set[UUID]]]] = defaultdict(list)
    for theme in old:
        said = bool(theme.name or theme.is_dismissed)
        if said:
            keys = {one.answer_id for one in theme.texts.all()}
            before[theme.question, theme.language].append((theme, keys))
    survey.themes.all().delete()
    for (question, language), themes in found.items():
        for one in themes:
            same = _like(one, before[question, language])
            made = Theme.objects.create(
                survey=survey,
                question=question,
                language=language,
                terms=one.terms,
                count=len(one.texts),
                name=same.name if same else "",
                is_dismissed=same.is_dismissed if same else False,
            )
            rows = [ThemedText(theme=made, answer_id=key, place=place) for place, key in enumerate(one.texts, start=1)]
            ThemedText.objects.bulk_create(rows, batch_size=2000)


def _like(found: FoundTheme, before: Iterable[tuple[Theme, set[UUID]]]) -> Theme | None:
    """Return the theme of before that has most of its texts in common with this one."""
    keys = set(found.texts)
    shares = [(len(keys & old) / len(keys | old), theme) for theme, old in before]
    share, theme = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    return theme if share >= ALIKE else None


@transaction.atomic
def name_theme(theme: Theme, *, name: str, by: Person) -> Theme:
    """Call a theme what staff call it; without a name its words speak for it again. Raises ``SurveyRefused``."""
    return _said(theme, "named", by, name=clean_line(name)[:80])


@transaction.atomic
def dismiss_theme(theme: Theme, *, by: Person, is_dismissed: bool = True) -> Theme:
    """Take a theme out of what is shown, or back into it. Raises ``SurveyRefused``."""
    return _said(theme, "dismissed" if is_dismissed else "taken_back", by, is_dismissed=is_dismissed)


def _said(theme: Theme, verb: str, by: Person, **fields: Any) -> Theme:
    if not may_read_texts(by, theme.survey):
        raise SurveyRefused([])
    for name, value in fields.items():
        setattr(theme, name, value)
    theme.save(update_fields=list(fields))
    record(f"survey.theme_{verb}", theme.survey, by=by, data={"question": theme.question, "language": theme.language})
    return theme
