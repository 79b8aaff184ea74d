"""A survey as people will answer it, for those who write it: in one language, on the path that chosen answers open."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override

from portal.accounts.staff.preview import as_visitor
from surveys.models import Survey
from surveys.rules.checking import read_page
from surveys.rules.shapes import Page, Question, Questionnaire
from surveys.rules.showing import visible
from surveys.selectors.drawing import Words, draw, words_of
from surveys.selectors.structure import questionnaire_of

# Everybody who looks sees the same random order, and somebody who answers one of their own.
SEED = "preview"


def page(request: HttpRequest, survey: Survey) -> HttpResponse:
    """Show what is written now; the answers in the address decide which pages and questions are shown."""
    wanted = request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE
    written = questionnaire_of(survey)
    sent = {name: values for name, values in request.GET.lists() if name != "language"}
    answers, _problems = read_page(written.questions.values(), sent)
    shown = visible(written, answers)
    with override(language):
        pages = [
            {"title": words_of(one.title), "text": words_of(one.text), "questions": draw(questions, sent, (), SEED)}
            for one, questions in shown
        ]
        context = {
            "survey": survey,
            "title": words_of(written.title),
            "intro": words_of(written.intro),
            "consent": words_of(written.consent),
            "thanks": words_of(written.thanks),
            "pages": pages,
            "hidden": _hidden(written, shown),
            "language": language,
            "languages": settings.LANGUAGES,
            "address": request.path,
        }
        response = render(as_visitor(request), "surveys/preview.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _hidden(written: Questionnaire, shown: list[tuple[Page, list[Question]]]) -> list[Words]:
    """Return the titles of the questions that this path leaves out."""
    codes = {question.code for _page, questions in shown for question in questions}
    return [words_of(question.title) for code, question in written.questions.items() if code not in codes]
