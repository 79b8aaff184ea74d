"""Results of a survey: for staff, and as far as they are published for everybody."""

from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from portal.insight.choices import Unit
from portal.text import localised
from surveys.choices import Status
from surveys.models import Survey, Version
from surveys.rules import figures
from surveys.rules.seeing import View, view_of
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.withholding import SMALLEST, withheld_in_line
from surveys.selectors.drawing import words_of
from surveys.selectors.inviting import response
from surveys.selectors.results_comparing import beside
from surveys.selectors.results_counts import (
    COLUMNS,
    VALUE_KINDS,
    PageCounts,
    Scope,
    SheetCounts,
    median_minutes,
    page_counts,
    sheet_counts,
    tallies,
    values_of,
)
from surveys.selectors.results_method import headlines, label_of, method
from surveys.selectors.results_public import only, public_codes, quotes_of
from surveys.selectors.results_questions import Source, points_in, result_of, seen_in, share_of
from surveys.selectors.results_shape import (
    Choice,
    Dimension,
    Filters,
    LastRound,
    PageResult,
    QuestionResult,
    Results,
    Tile,
)
from surveys.selectors.results_words import count_and_share, decimal, of_mean, of_score, of_share
from surveys.selectors.structure import questionnaire_in

STAFF, PUBLIC = "staff", "public"
BEGUN, HANDED_IN = "", "="


class NotOffered(Exception):
    """In guarded results one dimension is looked at at a time, in whole weeks."""


def is_guarded(survey: Survey, audience: str) -> bool:
    """Tell whether small counts are withheld: from everybody else than staff, and of anonymous surveys from all."""
    return audience != STAFF or survey.is_anonymous


def results_of(
    survey: Survey, number: int | None = None, filters: Filters | None = None, audience: str = STAFF, *, stamp: str = ""
) -> Results:
    """Return the results of a version, by default the one that was last asked, in the active language.

    Raises ``NotOffered`` where filters ask for more than guarded results give, and ``LookupError`` for a version that
    is not there.
    """
    filters = filters or Filters()
    guarded = is_guarded(survey, audience)
    if guarded and (len(filters.given) > 1 or filters.since or filters.until):
        raise NotOffered
    return replace(_Making(survey, number, filters, audience, guarded).results(), stamp=stamp)


class _Making:
    """One making of results: what is read once and used by several parts."""

    def __init__(self, survey: Survey, number: int | None, filters: Filters, audience: str, guarded: bool) -> None:
        self.survey, self.filters, self.audience, self.guarded = survey, filters, audience, guarded
        versions: dict[int, Version] = {one.number: one for one in survey.versions.order_by("number", "edition")}
        self.numbers = tuple(versions)
        self.number = number or (max(versions) if versions else 0)
        if number is not None and number not in versions:
            raise LookupError(number)
        asked = versions.get(self.number)
        self.asked: Questionnaire = questionnaire_in(asked) if asked else Questionnaire()
        self.public = public_codes(survey, self.asked)
        self.sheets: SheetCounts = sheet_counts(survey, self.number)
        self.dimension = filters.given[0] if guarded and filters.given else ""
        self.scope = Scope(survey, self.number, filters, self.dimension)
        self.group = str(getattr(filters, self.dimension)) if self.dimension else None
        by_value = self.sheets.by(self.dimension) if self.dimension else {"": self.sheets.total}
        self.view: View = view_of(by_value, is_guarded=guarded, group=self.group)

    @property
    def answers(self) -> int:
        """How many sheets are looked at."""
        return self.sheets.among(self.filters)

    @property
    def is_withheld(self) -> bool:
        """True where too few are looked at, or their number would give away another's."""
        if not self.guarded or not self.sheets.total:
            return False
        return self.sheets.total < SMALLEST or (self.group is not None and self.group not in self._offered)

    @property
    def _offered(self) -> set[str]:
        return set(self.view.groups) - self.view.hidden

    def results(self) -> Results:
        """Return everything."""
        is_shown = bool(self.answers) and not self.is_withheld
        questions, last = self._questions() if is_shown else ([], None)
        counts = page_counts(self.scope) if not self.is_withheld else PageCounts({}, is_known=False)
        weeks = [row.week for row in self.sheets.rows]
        return Results(
            number=self.number,
            numbers=self.numbers,
            audience=self.audience,
            is_guarded=self.guarded,
            filters=self.filters,
            answers=None if self.is_withheld else self.answers,
            tiles=self._tiles(counts) if not self.is_withheld else (),
            questions=tuple(questions),
            pages=self._pages(counts) if self.audience == STAFF else (),
            dimensions=self._dimensions(),
            last_round=last,
            method=method(self.guarded),
            made_at=timezone.now(),
            is_empty=not self.answers and not self.is_withheld,
            is_withheld=self.is_withheld,
            weeks=(min(weeks), max(weeks)) if weeks and not self.guarded else None,
        )

    def _questions(self) -> tuple[list[QuestionResult], LastRound | None]:
        self.source = Source(self.view, tallies(self.scope), self._values(self.scope, self.asked))
        asked = [one for one in self.asked.questions.values() if one.asks]
        seen = [one for one in asked if self.audience == STAFF or one.code in self.public]
        shown = list(enumerate(seen, start=1))
        quotes = {} if self.filters.given else quotes_of(self.survey, self.number, (one.code for _place, one in shown))
        found = [
            replace(
                result_of(one, place, self.source),
                is_public=one.code in self.public,
                quotes=quotes.get(one.code, ()),
            )
            for place, one in shown
        ]
        return self._beside_last(found)

    def _values(self, scope: Scope, asked: Questionnaire) -> dict[str, Any]:
        return values_of(scope, [code for code, one in asked.questions.items() if one.kind in VALUE_KINDS])

    def _beside_last(self, found: list[QuestionResult]) -> tuple[list[QuestionResult], LastRound | None]:
        """Compare the whole with the whole of the last round: parts of two rounds may differ by who is in them."""
        last = self.survey.previous
        if last is None or self.filters.given or (self.audience == PUBLIC and last.status != Status.RESULTS):
            return found, None
        version = last.versions.order_by("number", "edition").last()
        if version is None:
            return found, None
        scope = Scope(last, version.number)
        counts = sheet_counts(last, version.number)
        guarded = is_guarded(last, self.audience)
        if not counts.total or (guarded and counts.total < SMALLEST):
            return found, None
        source, was_asked = (
            Source(view_of({"": counts.total}, is_guarded=guarded), tallies(scope)),
            questionnaire_in(version),
        )
        if self.audience == PUBLIC:
            was_asked = only(was_asked, public_codes(last, was_asked))
        told = LastRound(last.code, localised(last, "title")[0], counts.total, last.pk)
        return beside(found, self.asked, self.source, was_asked, source), told

    # Tiles.

    def _tiles(self, counts: PageCounts) -> tuple[Tile, ...]:
        begun, handed_in = counts.counts.get(BEGUN, 0), counts.counts.get(HANDED_IN, 0)
        share = figures.share(min(handed_in, begun), begun) if counts.is_known else None
        if self.guarded and begun < SMALLEST:
            share = None
        shown, detail = of_share(share) if share else ("", "")
        tiles = [
            Tile("n", gettext("Answers"), Unit.COUNT.number(self.answers)),
            *([] if self.filters.given else [self._response()]),
            Tile("completion", gettext("Completed, of those who began"), shown, detail, estimate=share),
            self._minutes(),
        ]
        return (*tiles, *self._figures()) if self.answers else tuple(tiles)

    def _response(self) -> Tile:
        """Return which share of the invited answered: of the whole survey, whatever its versions."""
        found, label = response(self.survey), gettext("Response rate")
        base = found.delivered
        if not found.invited:
            return Tile("response", label, "–", note=gettext("No invitations"))
        words = ngettext("of %(count)s invitation that arrived", "of %(count)s invitations that arrived", base)
        note = words % {"count": Unit.COUNT.number(base)}
        if found.rate is None or found.answered is None:
            return Tile("response", label, "", note=note)
        share = figures.share(found.answered, base)
        return Tile("response", label, *of_share(share), note, share) if share else Tile("response", label, "")

    def _minutes(self) -> Tile:
        value, known = median_minutes(self.scope)
        label = gettext("Median time")
        if value is None or (self.guarded and known < SMALLEST):
            return Tile("minutes", label, "")
        return Tile("minutes", label, gettext("%(minutes)s min") % {"minutes": decimal(value, 1)})

    def _figures(self) -> list[Tile]:
        labels = {"csat": gettext("Satisfied"), "nps": gettext("Net promoter score"), "ces": gettext("Ease, 1 to 7")}
        words = {"csat": of_share, "nps": of_score, "ces": of_mean}
        found = []
        for code, question in headlines(self.asked).items():
            if self.audience == PUBLIC and question.code not in self.public:
                continue
            estimate = self._estimate(code, question)
            shown, detail = words[code](estimate) if estimate else ("", "")
            note = words_of(question.title).text
            found.append(Tile(code, labels[code], shown, detail, note, estimate))
        return found

    def _estimate(self, code: str, question: Question) -> figures.Estimate | None:
        counts = points_in(question, self.source)
        if not counts:
            return None
        if code == "ces":
            found = seen_in(question, self.source)
            return figures.ces(found.points()) if found.is_whole else None
        return figures.csat(counts) if code == "csat" else figures.nps(counts)

    # Pages.

    def _pages(self, counts: PageCounts) -> tuple[PageResult, ...]:
        if not counts.is_known or not counts.counts.get(BEGUN):
            return ()
        begun = counts.counts[BEGUN]
        names = [(page.code, words_of(page.title), bool(page.show_if)) for page in self.asked.pages]
        return tuple(self._page(code, title, counts.counts.get(code, 0), begun, late) for code, title, late in names)

    def _page(self, code: str, title: Any, count: int, begun: int, is_conditional: bool) -> PageResult:
        is_hidden = self.guarded and (begun < SMALLEST or 0 < count < SMALLEST)
        known = None if is_hidden else count
        share = share_of(known, begun)
        width = min(100, round(share or 0))
        return PageResult(code, title, known, share, width, count_and_share(known, share), is_conditional)

    # Filters.

    def _dimensions(self) -> tuple[Dimension, ...]:
        labels = {
            "language": gettext("Language"),
            "channel": gettext("Way of answering"),
            "kind": gettext("Kind of organisation"),
            "week": gettext("Week"),
        }
        found = [Dimension(name, labels[name], self._choices(name)) for name in COLUMNS]
        return tuple(one for one in found if one.choices)

    def _choices(self, name: str) -> tuple[Choice, ...]:
        by_value = self.sheets.by(name)
        hidden = withheld_in_line(by_value) if self.guarded else set()
        chosen = getattr(self.filters, name)
        chosen = "" if chosen in ("", None) else str(chosen)
        return tuple(
            Choice(
                value, label_of(name, value), None if value in hidden else count, value == chosen, value not in hidden
            )
            for value, count in by_value.items()
            if value
        )
