"""Which pages and questions somebody sees, given what they answered so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from portal.text import fold
from surveys.choices import ONE_OPTION_KINDS, TEXT_KINDS, Operator, QuestionKind
from surveys.rules.shapes import Condition, Page, Question, Questionnaire, ShowIf
from surveys.rules.values import LARGEST, NOTHING, Answer, Answers


@dataclass(frozen=True)
class Progress:
    """How far somebody is: pages behind them, pages really ahead, this one among them."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """From 0 to 100."""
        return 100 * self.done // self.total if self.total else 100


def holds(condition: Condition, question: Question, answer: Answer) -> bool:
    """Tell whether a condition on this question holds; none does without an answer."""
    if question.kind == QuestionKind.MATRIX:
        return _compares_code(condition, answer.rows.get(condition.row, ""))
    if answer.is_empty:
        return False
    if question.kind in ONE_OPTION_KINDS:
        return _compares_code(condition, answer.options[0] if answer.options else "")
    if question.kind == QuestionKind.MULTIPLE:
        return (condition.value in answer.options) == (condition.operator == Operator.CONTAINS)
    if question.kind in TEXT_KINDS:
        return _compares_text(condition, answer.text)
    if question.kind == QuestionKind.DATE:
        return _in_order(condition.operator, answer.day, day_of(condition.value))
    return _in_order(condition.operator, answer.number, number_of(condition.value))


def _compares_code(condition: Condition, code: str) -> bool:
    return bool(code) and (code == condition.value) == (condition.operator == Operator.EQUAL)


def _compares_text(condition: Condition, text: str) -> bool:
    said, wanted = fold(text), fold(condition.value)
    if condition.operator in (Operator.CONTAINS, Operator.LACKS):
        return (wanted in said) == (condition.operator == Operator.CONTAINS)
    return (said == wanted) == (condition.operator == Operator.EQUAL)


def _in_order(operator: Operator, value: Decimal | date | None, other: Decimal | date | None) -> bool:
    if value is None or other is None:
        return False
    return {
        Operator.EQUAL: value == other,
        Operator.NOT_EQUAL: value != other,
        Operator.GREATER: value > other,
        Operator.LESS: value < other,
    }.get(operator, False)


def number_of(text: str) -> Decimal | None:
    """Return the number of a condition, None where it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < LARGEST else None


def day_of(text: str) -> date | None:
    """Return the day of a condition, None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_shown(show_if: ShowIf, questionnaire: Questionnaire, answers: Answers, seen: set[str]) -> bool:
    """Tell whether one alternative holds; answers to what was not seen count as not given."""
    return not show_if or any(
        all(
            one.source in seen and holds(one, questionnaire.questions[one.source], answers.get(one.source, NOTHING))
            for one in alternative
        )
        for alternative in show_if
    )


def visible(questionnaire: Questionnaire, answers: Answers) -> list[tuple[Page, list[Question]]]:
    """Return the pages that are shown with these answers, each with its questions that are.

    In one go from the first to the last: an answer to a question that is hidden itself decides nothing. A page of
    which no question is shown is not shown either, unless it has a text of its own.
    """
    seen: set[str] = set()
    shown = []
    for page in questionnaire.pages:
        if not _is_shown(page.show_if, questionnaire, answers, seen):
            continue
        questions = []
        for question in page.questions:
            if _is_shown(question.show_if, questionnaire, answers, seen):
                questions.append(question)
                seen.add(question.code)
        if questions or page.text:
            shown.append((page, questions))
    return shown


def visible_codes(questionnaire: Questionnaire, answers: Answers) -> set[str]:
    """Return the codes of the questions that are shown with these answers."""
    return {question.code for _page, questions in visible(questionnaire, answers) for question in questions}


def without_hidden(questionnaire: Questionnaire, answers: Answers) -> tuple[dict[str, Answer], int]:
    """Return the answers to questions that are shown, and how many were dropped because theirs are not.

    Dropping changes nothing of what is shown, since hidden answers decide nothing.
    """
    shown = visible_codes(questionnaire, answers)
    kept = {code: answer for code, answer in answers.items() if code in shown and not answer.is_empty}
    return kept, sum(1 for code, answer in answers.items() if code not in shown and not answer.is_empty)


def page_after(questionnaire: Questionnaire, answers: Answers, code: str) -> Page | None:
    """Return the page that follows this one with these answers; None after the last."""
    order = [page.code for page in questionnaire.pages]
    later = set(order[order.index(code) + 1 :]) if code in order else set(order)
    return next((page for page, _questions in visible(questionnaire, answers) if page.code in later), None)


def page_before(questionnaire: Questionnaire, answers: Answers, code: str) -> Page | None:
    """Return the page before this one with these answers; None before the first."""
    order = [page.code for page in questionnaire.pages]
    earlier = set(order[: order.index(code)]) if code in order else set()
    found = [page for page, _questions in visible(questionnaire, answers) if page.code in earlier]
    return found[-1] if found else None


def progress(questionnaire: Questionnaire, answers: Answers, code: str) -> Progress:
    """Return how far somebody on this page is, counting only pages that they see with the answers so far."""
    codes = [page.code for page, _questions in visible(questionnaire, answers)]
    return Progress(codes.index(code) if code in codes else len(codes), len(codes))


def first_unanswered(questionnaire: Questionnaire, answers: Answers, saved: Iterable[str]) -> Page | None:
    """Return the first page shown that was not saved yet; None when all were. Nobody skips one by its address."""
    known = set(saved)
    return next((page for page, _questions in visible(questionnaire, answers) if page.code not in known), None)
