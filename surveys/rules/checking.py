"""Whether answers are what their questions ask for. Reasons are codes, said in the reader's language by ``message``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.choices import POINTS, QuestionKind
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.showing import visible, without_hidden
from surveys.rules.values import NOTHING, Answer, Answers, Sent, Unreadable, read


@dataclass(frozen=True)
class Problem:
    """What is wrong with the answer to one question; ``part`` is the line of a table, or ``other``.

    ``told`` is the sentence where it is known already, as of a file that was refused.
    """

    question: str
    reason: str
    part: str = ""
    told: str = ""

    @property
    def field(self) -> str:
        """The name of the input to which the summary of errors leads."""
        return f"{self.question}.{self.part}" if self.part else self.question


def read_page(questions: Iterable[Question], sent: Sent) -> tuple[dict[str, Answer], list[Problem]]:
    """Return what was sent for these questions and what is wrong with it; what is wrong is not among the answers."""
    answers, problems = {}, []
    for question in questions:
        if not question.asks:
            continue
        try:
            answer = read(question, sent)
        except Unreadable as wrong:
            problems.append(Problem(question.code, wrong.reason))
            continue
        found = list(problems_with(question, answer))
        problems += found
        if not found and not answer.is_empty:
            answers[question.code] = answer
    return answers, problems


def problems_with(question: Question, answer: Answer) -> Iterable[Problem]:
    """Give what is wrong with one answer, the rules of its kind and its limits applied."""
    if question.kind == QuestionKind.MATRIX:
        yield from _with_rows(question, answer)
    elif answer.is_empty:
        if question.is_required:
            yield Problem(question.code, "required")
    elif reason := _reason(question, answer):
        yield Problem(question.code, *reason)


def _with_rows(question: Question, answer: Answer) -> Iterable[Problem]:
    for row, option in answer.rows.items():
        if row not in question.row_codes or option not in question.option_codes:
            yield Problem(question.code, "unknown_option", row if row in question.row_codes else "")
            return
    missing = [row.code for row in question.rows if row.code not in answer.rows]
    if question.is_required and missing:
        yield Problem(question.code, "required_rows" if answer.rows else "required", missing[0])


def _reason(question: Question, answer: Answer) -> tuple[str, ...] | None:
    if question.option_codes:
        return _options_reason(question, answer)
    if answer.number is not None:
        return _number_reason(question, answer)
    if answer.day is not None:
        return _day_reason(question, answer)
    if answer.text:
        return _length_reason(question, len(answer.text))
    return None


def _options_reason(question: Question, answer: Answer) -> tuple[str, ...] | None:
    chosen = [question.option_codes.get(code) for code in answer.options]
    if None in chosen:
        return ("unknown_option",)
    if len(chosen) > 1 and any(option.is_exclusive for option in chosen):
        return ("exclusive",)
    if any(option.is_other for option in chosen) and not answer.text:
        return ("other_empty", "other")
    # Whoever chose “none of these” has answered, however many choices were asked for.
    is_whole = any(option.is_exclusive for option in chosen)
    if question.kind == QuestionKind.MULTIPLE and not is_whole:
        if question.minimum is not None and len(chosen) < question.minimum:
            return ("too_few",)
        if question.maximum is not None and len(chosen) > question.maximum:
            return ("too_many",)
    return None


def _number_reason(question: Question, answer: Answer) -> tuple[str, ...] | None:
    number = answer.number
    if question.kind in POINTS:
        return None if number in POINTS[question.kind] else ("unknown_option",)
    if number != round(number, question.decimals):
        return ("decimals",)
    if question.minimum is not None and number < question.minimum:
        return ("too_small",)
    if question.maximum is not None and number > question.maximum:
        return ("too_large",)
    return None


def _day_reason(question: Question, answer: Answer) -> tuple[str, ...] | None:
    if question.earliest is not None and answer.day < question.earliest:
        return ("too_early",)
    if question.latest is not None and answer.day > question.latest:
        return ("too_late",)
    return None


def _length_reason(question: Question, length: int) -> tuple[str, ...] | None:
    if question.minimum is not None and length < question.minimum:
        return ("too_short",)
    if question.maximum is not None and length > question.maximum:
        return ("too_long",)
    return None


@dataclass(frozen=True)
class Checked:
    """A whole set of answers, ready to be stored where ``problems`` is empty. ``dropped`` were on hidden branches."""

    answers: dict[str, Answer]
    dropped: int
    problems: tuple[Problem, ...]


def check_all(questionnaire: Questionnaire, answers: Answers) -> Checked:
    """Drop answers on hidden branches and check the others, required ones that are missing included."""
    kept, dropped = without_hidden(questionnaire, answers)
    shown = [question for _page, questions in visible(questionnaire, kept) for question in questions if question.asks]
    found = [problem for question in shown for problem in problems_with(question, kept.get(question.code, NOTHING))]
    return Checked(kept, dropped, tuple(found))


def message(problem: Problem, question: Question) -> str:
    """Return what is wrong and what to do, in the active language."""
    if problem.told:
        return problem.told
    limit = _limit(problem.reason, question)
    counted = {
        "too_few": lambda n: ngettext("Choose at least %(limit)s answer.", "Choose at least %(limit)s answers.", n),
        "too_short": lambda n: ngettext(
            "Write at least %(limit)s character.", "Write at least %(limit)s characters.", n
        ),
    }
    if problem.reason in counted:
        return counted[problem.reason](int(question.minimum)) % limit
    if problem.reason == "too_many" and question.maximum is not None:
        told = ngettext("Choose at most %(limit)s answer.", "Choose at most %(limit)s answers.", int(question.maximum))
        return told % limit
    if problem.reason == "too_long" and question.maximum is not None:
        told = ngettext(
            "Write at most %(limit)s character.", "Write at most %(limit)s characters.", int(question.maximum)
        )
        return told % limit
    return _sentences(limit)[problem.reason]


def _limit(reason: str, question: Question) -> dict[str, Any]:
    if reason in ("too_early", "too_late"):
        day = question.earliest if reason == "too_early" else question.latest
        return {"limit": date_format(day, "DATE_FORMAT") if day else ""}
    lower = ("too_few", "too_small", "too_short")
    bound = question.minimum if reason in lower else question.maximum
    return {"limit": "" if bound is None else number_format(bound.normalize() + 0)}


def _sentences(limit: dict[str, Any]) -> dict[str, str]:
    return {
        "required": _("Please answer this question."),
        "required_rows": _("Please answer every line."),
        "unknown_option": _("This is not among the answers offered. Please choose again."),
        "exclusive": _("One of your choices goes with no other. Please choose either it or the others."),
        "other_empty": _("Please write what you mean by “other”."),
        "too_many": _("Please choose one answer only."),
        "too_long": _("This is too long. Please shorten it."),
        "no_number": _("Please write a number in digits, for example 12."),
        "decimals": _("This number has more decimals than asked for."),
        "too_small": _("The number must be %(limit)s or more.") % limit,
        "too_large": _("The number must be %(limit)s or less.") % limit,
        "no_date": _("Please write the date as year, month and day, for example 2026-11-22."),
        "too_early": _("The date must be %(limit)s or later.") % limit,
        "too_late": _("The date must be %(limit)s or earlier.") % limit,
        "no_email": _("Please write an e-mail address, for example name@example.com."),
        "no_file": _("The file is not there any more. Please attach it again."),
    }
