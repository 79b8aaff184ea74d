"""Staff write down what people answered on paper or by telephone, and look at some of it a second time."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from surveys.choices import Channel, SheetState, State
from surveys.models import Sheet, Survey
from surveys.rules.access import may_enter
from surveys.selectors.structure import questionnaire_in
from surveys.selectors.told import told_pages
from surveys.services.drafts import AnsweringRefused, begin
from surveys.services.looking import LookRefused, given_in
from surveys.services.looking import look as look_at
from surveys.views.visits import address, over

ENTERED = [Channel.PAPER, Channel.PHONE, Channel.COUNTER]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Ask how the answers came in, and lead to the first page."""
    survey = _survey(request, code)
    channel = request.POST.get("channel", "")
    if request.method == "POST" and channel in ENTERED:
        language = get_language() or settings.LANGUAGE_CODE
        try:
            begun = begin(
                survey, user=request.user, language=language, channel=Channel(channel), entered_by=request.user
            )
        except AnsweringRefused:
            title = _("This survey takes no answers now")
            return over(request, title, _("Answers can be entered while it is open."), status=409)
        return redirect(address(survey.code, begun.key, "go_on"))
    errors = []
    if request.method == "POST":
        errors = [{"text": _("Please say how the answers came in."), "target": "id_channel_paper"}]
    waiting = _waiting(request, survey).count()
    context = {"survey": survey, "channels": ENTERED, "errors": errors, "waiting": waiting}
    return render(request, "surveys/enter.html", context | {"is_open": survey.state == State.OPEN})


def _survey(request: HttpRequest, code: str) -> Survey:
    found = Survey.objects.visible_to(request.user).select_related("organisation").filter(code=code).first()
    if found is None or not found.is_public or not may_enter(request.user, found):
        raise Http404
    return found


def _waiting(request: HttpRequest, survey: Survey) -> Any:
    """Return what waits for a second look by somebody else than whoever entered it."""
    return survey.sheets.filter(state=SheetState.LOOKED_FOR).exclude(entered_by=request.user).order_by("reference")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD"])
def looks(request: HttpRequest, code: str) -> HttpResponse:
    """List what waits for a second look."""
    survey = _survey(request, code)
    context = {"survey": survey, "sheets": _waiting(request, survey)[: settings.LIST_PER_PAGE]}
    return render(request, "surveys/looks.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, code: str, sheet: str) -> HttpResponse:
    """Show what was entered; a POST says whether it is what stands on the paper."""
    survey = _survey(request, code)
    found: Sheet | None = survey.sheets.filter(pk=sheet, entered_by__isnull=False).first()
    if found is None:
        raise Http404
    if request.method == "POST" and ("_right" in request.POST or "_wrong" in request.POST):
        try:
            look_at(found, by=request.user, is_right="_right" in request.POST)
            messages.success(request, _("Noted."))
        except LookRefused:
            messages.error(request, _("Not done: it was looked at meanwhile, or you entered it yourself."))
        return redirect("surveys:looks", code=code)
    version = survey.versions.filter(number=found.number).order_by("edition").last()
    given = given_in(list(found.answers.select_related("file")))
    names = {answer.file: answer.file for answer in given.values() if answer.file}
    context = {"survey": survey, "sheet": found, "pages": told_pages(questionnaire_in(version), given, names)}
    return render(request, "surveys/look.html", context)
