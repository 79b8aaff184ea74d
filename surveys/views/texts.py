"""What people wrote, and the themes in it, for staff."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.choices import JobKind, JobState
from surveys.forms.texts import TextsForm, keys_in
from surveys.models import Job, Survey, Theme
from surveys.rules.themes import LEAST_TEXTS
from surveys.rules.understanding import may_read_texts
from surveys.selectors.drawing import words_of
from surveys.selectors.texts import text_counts, text_page, themes_by_question, written_questions
from surveys.services import theming
from surveys.services.exporting import KINDS, ExportRefused, export_texts, why_not_texts
from surveys.services.refusals import SurveyRefused
from surveys.services.tagging import tag_texts, untag_text
from surveys.views.exporting import refusal, sent

_CHOSEN = ("words", "question", "language", "tag", "theme")


def texts(request: HttpRequest, survey: Survey, context: dict[str, Any]) -> HttpResponseBase:
    """Show texts; a POST tags those that were marked, or takes one tag off, and comes back to the same page."""
    _check(request, survey)
    form = TextsForm(request.GET, choices=_choices(survey))
    chosen = form.chosen()
    if request.method == "POST":
        _tag(request, survey)
        return HttpResponseRedirect(request.get_full_path())
    reason = why_not_texts(survey, request.user)
    page = text_page(survey, chosen)
    told = {
        "title": _("Texts"),
        "survey": survey,
        "form": form,
        "page": page,
        "kinds": KINDS,
        "refusal": refusal(reason),
        "total": sum(text_counts(survey).values()),
        "query": urlencode({name: request.GET[name] for name in _CHOSEN if request.GET.get(name)}),
        "tags": list(survey.tags.all()),
    }
    return TemplateResponse(request, "admin/surveys/survey/texts.html", {**context, **told})


def _check(request: HttpRequest, survey: Survey) -> None:
    if not may_read_texts(request.user, survey):
        raise Http404


def _choices(survey: Survey) -> dict[str, list[tuple[Any, Any]]]:
    questions = written_questions(survey)
    themes = [theme for theme in survey.themes.all() if not theme.is_dismissed]
    return {
        "question": [(code, words_of(question.title).text) for code, question in questions.items()],
        "language": list(settings.LANGUAGES),
        "tag": [(tag.pk, tag.name) for tag in survey.tags.all()],
        "theme": [(theme.pk, str(theme)) for theme in themes],
    }


def _tag(request: HttpRequest, survey: Survey) -> None:
    try:
        if "untag" in request.POST:
            _untag(request, survey, request.POST["untag"])
            return
        keys = keys_in(request.POST.getlist("text"))
        if not keys:
            messages.error(request, _("Please mark the texts that shall have the tag."))
            return
        count = tag_texts(survey, keys, name=request.POST.get("name", ""), by=request.user)
    except SurveyRefused as refused:
        for problem in refused.problems:
            messages.error(request, problem)
        return
    told = ngettext("%(count)s text tagged.", "%(count)s texts tagged.", count)
    messages.success(request, told % {"count": count})


def _untag(request: HttpRequest, survey: Survey, value: str) -> None:
    number, _dot, key = value.partition(".")
    keys = keys_in([key])
    if not (keys and number.isdecimal() and len(number) < 19):
        raise Http404
    tag = get_object_or_404(survey.tags, pk=int(number))
    untag_text(survey, keys[0], tag, by=request.user)


def export(request: HttpRequest, survey: Survey) -> HttpResponseBase:
    """Send the texts that the address asks for."""
    _check(request, survey)
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        raise Http404
    chosen = TextsForm(request.POST, choices=_choices(survey)).chosen()
    try:
        return sent(export_texts(survey, chosen, kind=kind, by=request.user))
    except ExportRefused as refused:
        messages.error(request, refusal(refused.reason))
        return HttpResponseRedirect(reverse("admin:surveys_survey_texts", args=[survey.pk]))


def themes(request: HttpRequest, survey: Survey, context: dict[str, Any]) -> HttpResponse:
    """Show the themes found last; a POST asks for a search, or names or dismisses one theme."""
    _check(request, survey)
    if request.method == "POST":
        _do(request, survey)
        return HttpResponseRedirect(request.path)
    searches = survey.jobs.filter(kind=JobKind.THEMES).order_by("-pk")
    done = searches.filter(state=JobState.DONE).first()
    told = {
        "title": _("Themes"),
        "survey": survey,
        "search": searches.first(),
        "done": done,
        "groups": themes_by_question(survey, done.told if done else []),
        "least": LEAST_TEXTS,
        "refusal": refusal(why_not_texts(survey, request.user)),
    }
    return TemplateResponse(request, "admin/surveys/survey/themes.html", {**context, **told})


def _do(request: HttpRequest, survey: Survey) -> None:
    act = request.POST.get("act", "")
    if act == "search":
        job: Job = theming.ask_for_themes(survey, by=request.user)
        if job.is_waiting:
            told = _("Themes are being looked for. That takes a minute at most; then open this page again.")
            messages.success(request, told)
        return
    number = request.POST.get("theme", "")
    if not (number.isdecimal() and len(number) < 19):
        raise Http404
    theme = get_object_or_404(Theme.objects.select_related("survey"), survey=survey, pk=int(number))
    if act == "name":
        theming.name_theme(theme, name=request.POST.get("name", ""), by=request.user)
    elif act in ("dismiss", "restore"):
        theming.dismiss_theme(theme, by=request.user, is_dismissed=act == "dismiss")
    else:
        raise Http404
    messages.success(request, _("That is kept."))
