"""Words and numbers of results in the active language: labels of choices, points and steps, shares with intervals."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, pgettext

from portal.insight.choices import Unit, left_to_right
from surveys.choices import ENDS, POINTS, SCALE_WORDS, QuestionKind
from surveys.rules.figures import DETRACTORS, PASSIVES, PROMOTERS, Estimate
from surveys.rules.shapes import Question
from surveys.rules.steps import Size, Step
from surveys.selectors.drawing import Words, words_of

# The three parts of the points from 0 to 10, where single points would be withheld.
BANDS = {"promoters": PROMOTERS, "passives": PASSIVES, "detractors": DETRACTORS}


def in_language(text: str) -> Words:
    """Return a text of the portal itself."""
    return Words(text, get_language() or settings.LANGUAGE_CODE)


def choices_of(question: Question, *, in_bands: bool = False) -> list[tuple[str, Words]]:
    """Return the choices or points of a question in the order in which people read them."""
    if in_bands:
        names = {
            "promoters": gettext("Promoters (9 and 10)"),
            "passives": gettext("Passives (7 and 8)"),
            "detractors": gettext("Detractors (0 to 6)"),
        }
        return [(code, in_language(name)) for code, name in names.items()]
    if question.kind in POINTS:
        return [(str(point), in_language(_point(question, point))) for point in _in_order(question)]
    return [(option.code, words_of(option.label)) for option in question.options]


def _in_order(question: Question) -> Sequence[int]:
    points = POINTS[question.kind]
    # The best first, as the words of scales are read; numbered ones in their order.
    return points if question.kind in ENDS else list(reversed(points))


def _point(question: Question, point: int) -> str:
    points = POINTS[question.kind]
    if question.kind == QuestionKind.RATING:
        return left_to_right("★" * point)
    if question.kind == QuestionKind.SCALE and question.scale:
        return str(SCALE_WORDS[question.scale][point - 1])
    ends = dict(zip((points[0], points[-1]), ENDS.get(question.kind, ()), strict=False))
    if point in ends:
        return pgettext("point of a scale and what it means", "%(point)s: %(words)s") % {
            "point": point,
            "words": ends[point],
        }
    return str(point)


def percent(share: float) -> str:
    """Return a share, given in per cent."""
    return Unit.PERCENT.show(share)


def count_and_share(count: int | None, share: float | None) -> str:
    """Return how many gave an answer, and which share they are."""
    if count is None:
        return withheld()
    if share is None:
        return Unit.COUNT.number(count)
    shown = {"share": percent(share), "count": Unit.COUNT.number(count)}
    return pgettext("share and count of answers", "%(share)s (%(count)s)") % shown


def withheld() -> str:
    """Return what stands in the place of a count that is withheld."""
    return pgettext("count of answers", "withheld")


def of_share(found: Estimate) -> tuple[str, str]:
    """Return a share and its interval in words."""
    return percent(100 * found.value), interval(percent(100 * found.low), percent(100 * found.high))


def of_mean(found: Estimate) -> tuple[str, str]:
    """Return a mean and its interval in words, with two decimals."""
    return decimal(found.value), interval(decimal(found.low), decimal(found.high))


def of_score(found: Estimate) -> tuple[str, str]:
    """Return a net promoter score and its interval in words: whole numbers with a sign."""
    return signed(found.value), interval(signed(found.low), signed(found.high))


def interval(low: str, high: str) -> str:
    """Return an interval in words."""
    return gettext("95%% interval: %(low)s to %(high)s") % {"low": low, "high": high}


def decimal(value: float, digits: int = 2) -> str:
    """Return a number with at most so many decimals."""
    shown = f"{value:.{digits}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return number_format("0" if shown == "-0" else shown, force_grouping=True)


def signed(value: float) -> str:
    """Return a whole number with its sign, as one piece."""
    whole = round(value)
    sign = "+" if whole > 0 else "−" if whole < 0 else ""
    return left_to_right(f"{sign}{abs(whole)}")


def of_number_step(step: Step[float]) -> str:
    """Return a step of numbers in words."""
    low, high = decimal(step.low, 6), decimal(step.high, 6)
    if step.low == step.high:
        return low
    if step.is_open_below and step.is_open_above:
        return gettext("All")
    if step.is_open_below:
        return gettext("below %(high)s") % {"high": high}
    if step.is_open_above:
        return gettext("%(low)s and more") % {"low": low}
    return gettext("%(low)s to below %(high)s") % {"low": low, "high": high}


def of_day_step(step: Step[date], size: Size) -> str:
    """Return a step of days in words."""
    last = step.high - timedelta(days=1)
    if step.is_open_below and step.is_open_above:
        return gettext("All")
    if step.is_open_below:
        return gettext("until %(day)s") % {"day": date_format(last, "DATE_FORMAT")}
    if step.is_open_above:
        return gettext("from %(day)s") % {"day": date_format(step.low, "DATE_FORMAT")}
    if size == Size.DAY and step.low == last:
        return date_format(step.low, "DATE_FORMAT")
    if size == Size.MONTH and last.month == step.low.month and last.year == step.low.year:
        return date_format(step.low, "YEAR_MONTH_FORMAT")
    if size == Size.YEAR and last.year == step.low.year:
        return str(step.low.year)
    told = {"first": date_format(step.low, "DATE_FORMAT"), "last": date_format(last, "DATE_FORMAT")}
    return gettext("%(first)s to %(last)s") % told
