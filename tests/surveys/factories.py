"""Surveys for tests: three languages, the least that can be published."""

from datetime import timedelta

from django.utils import timezone

from portal.accounts.choices import Role
from surveys.choices import Act, Operator, QuestionKind, Status
from surveys.models import Condition, Option, Page, Question, Row, Survey
from surveys.rules import shapes
from surveys.services.states import move
from tests.factories import OrganisationFactory, staff

LANGUAGES = ("ar", "en", "zh-hans")


def texts(field, word):
    """Return a field in three languages."""
    return {f"{field}_ar": f"{word} ع", f"{field}_en": word, f"{field}_zh_hans": f"{word}中"}


def words(word):
    """Return a text of a shape in three languages."""
    return {"ar": f"{word} ع", "en": word, "zh-hans": f"{word}中"}


def make_survey(**fields):
    """Return a draft without pages."""
    fields.setdefault("organisation", None)
    fields["organisation"] = fields["organisation"] or OrganisationFactory()
    return Survey.objects.create(**texts("title", "Satisfaction") | texts("intro", "We ask") | fields)


def make_page(survey, code="p1", **fields):
    """Return a page, last in its survey."""
    return Page.objects.create(survey=survey, code=code, position=survey.pages.count(), **fields)


def make_question(page, code, kind=QuestionKind.SINGLE, options=("yes", "no"), rows=(), **fields):
    """Return a question with its choices, last on its page."""
    if kind == QuestionKind.SCALE:
        fields.setdefault("scale", "satisfaction")
    question = Question.objects.create(
        survey=page.survey,
        page=page,
        code=code,
        kind=kind,
        position=page.questions.count(),
        **texts("title", code),
        **fields,
    )
    for place, option in enumerate(options if kind in ("single", "multiple", "dropdown", "matrix") else ()):
        given = option if isinstance(option, dict) else {"code": option}
        Option.objects.create(question=question, position=place, **texts("label", given["code"]), **given)
    for place, row in enumerate(rows):
        Row.objects.create(question=question, position=place, code=row, **texts("label", row))
    return question


def condition(source, value, operator=Operator.EQUAL, **fields):
    """Return an unsaved condition."""
    return Condition(source=source, value=value, operator=operator, **fields)


def standard(**fields):
    """Return a draft of two pages: ease, why (if it is hard), several, a table; a number and a long text."""
    survey = make_survey(**fields)
    first, second = make_page(survey, "p1"), make_page(survey, "p2")
    make_question(first, "ease", options=("easy", "hard"), is_required=True)
    why = make_question(first, "why", QuestionKind.SHORT)
    Condition.objects.create(question=why, source="ease", operator=Operator.EQUAL, value="hard")
    features = ("send", "forward", {"code": "other", "is_other": True}, {"code": "none", "is_exclusive": True})
    make_question(first, "features", QuestionKind.MULTIPLE, options=features)
    make_question(second, "parts", QuestionKind.MATRIX, options=("good", "bad"), rows=("speed", "look"))
    make_question(second, "hours", QuestionKind.NUMBER, minimum=0, maximum=24, decimals=1)
    make_question(second, "ideas", QuestionKind.LONG)
    return survey


def editor_of(survey):
    """Return an editor of its body."""
    return staff(Role.EDITOR, survey.organisation)


def published(survey, *, by=None):
    """Publish it, open now."""
    return move(survey, Act.PUBLISH, by=by or editor_of(survey))


def past(survey):
    """Let a published survey have closed an hour ago."""
    now = timezone.now()
    Survey.objects.filter(pk=survey.pk).update(
        opens_at=now - timedelta(days=2), closes_at=now - timedelta(hours=1), status=Status.LIVE
    )
    survey.refresh_from_db()
    return survey


def shape(code, kind=QuestionKind.SINGLE, options=("a", "b"), show_if=(), **fields):
    """Return a question as plain values."""
    has_options = kind in ("single", "multiple", "dropdown", "matrix")
    return shapes.Question(
        code=code,
        kind=QuestionKind(kind),
        options=tuple(o if isinstance(o, shapes.Option) else shapes.Option(o) for o in options) if has_options else (),
        show_if=show_if,
        **fields,
    )


def when(*conditions):
    """Return a show-if of one alternative; each condition is source, operator, value and perhaps a line."""
    return (tuple(shapes.Condition(*one) for one in conditions),)


def form(*pages):
    """Return a questionnaire of pages of questions."""
    return shapes.Questionnaire(
        pages=tuple(
            page if isinstance(page, shapes.Page) else shapes.Page(f"p{place}", questions=tuple(page))
            for place, page in enumerate(pages, start=1)
        ),
        languages=LANGUAGES,
    )
