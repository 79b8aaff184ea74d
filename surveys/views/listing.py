"""The list of surveys, and the page from which one begins."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from portal.web.views.errors import too_many_requests
from surveys.choices import State
from surveys.models import Survey
from surveys.rules.access import why_not
from surveys.selectors.drawing import words_of
from surveys.selectors.public import listed, minutes_for, needs_account
from surveys.selectors.structure import questionnaire_in
from surveys.services.drafts import AnsweringRefused, begin, has_answered, of_person
from surveys.views.limits import too_many_begun
from surveys.views.visits import address


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List surveys: the open ones first of all."""
    found = listed(request.GET.get("state", ""))
    labels = {"open": State.OPEN.label, "coming": _("Coming"), "over": State.CLOSED.label}
    context = {
        "state": found.state,
        "states": [(name, label, found.counts[name]) for name, label in labels.items()],
        "page": Paginator(found.surveys, settings.LIST_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "surveys/list.html", context)


@require_safe
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Say who asks, why, how long it takes and what becomes of the answers."""
    return shown_start(request, _survey(request, code))


def _survey(request: HttpRequest, code: str) -> Survey:
    found = Survey.objects.visible_to(request.user).select_related("organisation", "version").filter(code=code).first()
    # A draft is looked at in the preview of its editors, where nothing can be answered.
    if found is None or not found.is_public:
        raise Http404
    return found


def spoken() -> str:
    """Return the language of the page."""
    return get_language() or settings.LANGUAGE_CODE


def shown_start(
    request: HttpRequest, survey: Survey, *, is_invited: bool = False, begin_url: str = "", **more: Any
) -> HttpResponse:
    """Show the page from which one begins: by an invitation, or as anybody."""
    questionnaire = questionnaire_in(survey.version)
    known = request.user.is_authenticated and not is_invited
    why = why_not(request.user, survey, is_invited=is_invited)
    context = {
        "survey": survey,
        "title": words_of(questionnaire.title),
        "intro": words_of(questionnaire.intro),
        "consent": words_of(questionnaire.consent),
        "minutes": minutes_for(questionnaire),
        "why": why,
        "is_open": survey.state == State.OPEN,
        "needs_account": needs_account(survey),
        "has_answered": known and has_answered(survey, request.user),
        "has_begun": known and not survey.is_anonymous and of_person(survey, request.user) is not None,
        "is_translated": spoken() in questionnaire.languages,
        "is_invited": is_invited,
        "begin_url": begin_url or reverse("surveys:begin", args=[survey.code]),
        "languages": questionnaire.languages,
    }
    return render(request, "surveys/start.html", context | more)


# No token is asked for: the page it is sent from is the same for all visitors, and what it makes is an empty draft.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def start_answering(request: HttpRequest, code: str) -> HttpResponse:
    """Begin to answer, and lead to the first page."""
    survey = _survey(request, code)
    if request.method != "POST":
        return redirect("surveys:start", code=code)
    if too_many_begun(request):
        return too_many_requests(request)
    try:
        begun = begin(survey, user=request.user, language=spoken(), has_consented="consent" in request.POST)
    except AnsweringRefused as refused:
        return _refused(request, survey, refused.reason)
    return redirect(address(survey.code, begun.key, "go_on"))


def _refused(request: HttpRequest, survey: Survey, reason: str) -> HttpResponse:
    if reason == "consent":
        told = {"text": _("Please agree before you begin, or leave this survey."), "target": "id_consent"}
        return shown_start(request, survey, errors=[told])
    if reason == "sign_in":
        return redirect(f"{reverse('account_login')}?next={reverse('surveys:start', args=[survey.code])}")
    # The page itself says why not: closed meanwhile, answered already, or not asked.
    return shown_start(request, survey)
