"""What of the results is public: which questions, and which texts are quoted."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet

from surveys.choices import OPTION_KINDS, POINTS, SILENT_KINDS, TELLING_KINDS, SheetState
from surveys.models import Answer, Quote, Survey
from surveys.rules.shapes import Question, Questionnaire
from surveys.selectors.results_shape import Quoted

# An address or a file tells who answered, whatever staff choose.
NEVER = TELLING_KINDS | SILENT_KINDS
# With choices or points: public unless staff decide otherwise. All others only where they do.
BY_RULE = OPTION_KINDS | frozenset(POINTS)


def may_be_public(question: Question) -> bool:
    """Tell whether staff may let a question's results be public."""
    return question.kind not in NEVER


def public_codes(survey: Survey, asked: Questionnaire) -> set[str]:
    """Return the questions of which the results are public once those of the survey are."""
    chosen = dict(survey.public_questions.values_list("question", "is_public"))
    return {
        code
        for code, question in asked.questions.items()
        if may_be_public(question) and chosen.get(code, question.kind in BY_RULE)
    }


def only(asked: Questionnaire, codes: set[str]) -> Questionnaire:
    """Return a questionnaire without all other questions."""
    pages = (replace(page, questions=tuple(one for one in page.questions if one.code in codes)) for page in asked.pages)
    return replace(asked, pages=tuple(pages))


def texts_of(survey: Survey, number: int, question: str) -> QuerySet[Answer]:
    """Return the texts that were written to a question, in the order of their random keys, with their quotes."""
    found = Answer.objects.filter(sheet__survey=survey, sheet__number=number, question=question)
    found = found.exclude(text="").exclude(sheet__state=SheetState.REFUSED)
    return found.select_related("sheet", "quote").order_by("pk")


def quotes_of(survey: Survey, number: int, codes: Iterable[str]) -> dict[str, tuple[Quoted, ...]]:
    """Return the texts that staff chose, by question."""
    found: dict[str, list[Quoted]] = defaultdict(list)
    rows = Quote.objects.filter(answer__sheet__survey=survey, answer__sheet__number=number)
    # What was erased since, or taken out after a second look, is quoted no more.
    rows = rows.exclude(answer__text="").exclude(answer__sheet__state=SheetState.REFUSED)
    rows = rows.filter(answer__question__in=list(codes)).order_by("answer_id")
    for code, text, language in rows.values_list("answer__question", "answer__text", "answer__sheet__language"):
        found[code].append(Quoted(text, language))
    return {code: tuple(quoted) for code, quoted in found.items()}
