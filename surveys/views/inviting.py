"""The link of an invitation: the start page with the right to answer, and the way to stop invitations.

A GET never spends, stores or stops anything: scanners of mail follow links.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.secret_links import Guesses
from portal.web.views.errors import too_many_requests
from surveys.choices import Channel, QuestionKind, State
from surveys.models import Invitee, NoInvitations, Survey
from surveys.rules.checking import Problem, read_page
from surveys.rules.showing import visible
from surveys.selectors.drawing import draw, words_of
from surveys.selectors.inviting import invitee_of
from surveys.selectors.structure import questionnaire_in
from surveys.services import inviting
from surveys.services.answering import PageSent, Saved, save_page
from surveys.services.drafts import AnsweringRefused, Begun, begin, has_answered
from surveys.services.handing_in import NotWhole, hand_in
from surveys.views.answering import error_of
from surveys.views.limits import too_many_begun
from surveys.views.listing import shown_start, spoken
from surveys.views.visits import address, over

GUESSES = Guesses("surveys.invitation.wrong")
View = Callable[..., HttpResponse]


def by_token(view: View) -> View:
    """Open a view by the token of an invitation; wrong, foreign and malformed ones give the same answer.

    No token of a form is asked for: the link is the right, and mail programs that unsubscribe for their reader bring
    nothing else (RFC 8058).
    """

    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, token: str, code: str = "") -> HttpResponse:
        if GUESSES.are_too_many(request):
            return too_many_requests(request)
        invitee = invitee_of(token)
        if invitee is None or (code and invitee.survey.code != code):
            GUESSES.count(request)
            return _nothing(request)
        return view(request, invitee, token)

    return opened


def _nothing(request: HttpRequest) -> HttpResponse:
    title = _("There is no invitation behind this link")
    text = _("Please look whether the whole link was copied from the message.")
    return over(request, title, text, status=404)


@by_token
def invited(request: HttpRequest, invitee: Invitee, token: str) -> HttpResponse:
    """Show the survey to somebody with an invitation; a POST begins to answer."""
    if gone := _gone(request, invitee):
        return gone
    if request.method != "POST":
        return _chosen(request, invitee) if _chose(request, invitee.survey) else _start(request, invitee, token)
    if too_many_begun(request):
        return too_many_requests(request)
    if "_shown" in request.POST:
        return _answer(request, invitee, token)
    try:
        begun = _begin(request, invitee)
    except AnsweringRefused as refused:
        if refused.reason == "consent":
            told = {"text": _("Please agree before you begin, or leave this survey."), "target": "id_consent"}
            return _start(request, invitee, token, errors=[told])
        return _gone(request, invitee) or _start(request, invitee, token)
    return redirect(address(invitee.survey.code, begun.key, "go_on"))


def _begin(request: HttpRequest, invitee: Invitee) -> Begun:
    return begin(
        invitee.survey,
        user=request.user,
        language=spoken(),
        has_consented="consent" in request.POST,
        token_hash=invitee.token_hash,
        channel=Channel.MAIL,
    )


def _chose(request: HttpRequest, survey: Survey) -> bool:
    """Tell whether an answer stands in the address, and the first page can be shown with it.

    Not in an anonymous survey: no mail has such links there.
    """
    if survey.is_anonymous or survey.state != State.OPEN:
        return False
    page = questionnaire_in(survey.version).pages[0]
    asks_for_file = any(one.kind == QuestionKind.FILE for one in page.questions)
    return any(one.code in request.GET for one in page.questions) and not (page.show_if or asks_for_file)


def _chosen(
    request: HttpRequest, invitee: Invitee, problems: Sequence[Problem] = (), *, lacks_consent: bool = False
) -> HttpResponse:
    """Show the first page with an answer chosen; nothing is stored before the button is pressed."""
    questionnaire = questionnaire_in(invitee.survey.version)
    page, given = questionnaire.pages[0], request.POST if request.method == "POST" else request.GET
    fields = {name: values for name, values in given.lists() if not name.startswith("_")}
    answers, _problems = read_page(page.questions, fields)
    questions = next((asked for one, asked in visible(questionnaire, answers) if one.code == page.code), [])
    errors = [error_of(problem, questionnaire) for problem in problems]
    if lacks_consent:
        errors.append({"text": _("Please agree before you begin, or leave this survey."), "target": "id_consent"})
    context = {
        "survey": invitee.survey,
        "title": words_of(questionnaire.title),
        "consent": words_of(questionnaire.consent),
        "has_consented": "consent" in request.POST,
        "lacks_consent": lacks_consent,
        "questions": draw(questions, fields, problems, invitee.code),
        "is_whole": len(questionnaire.pages) == 1,
        "errors": errors,
    }
    return render(request, "surveys/chosen.html", context, status=422 if errors else 200)


def _answer(request: HttpRequest, invitee: Invitee, token: str) -> HttpResponse:
    """Begin, save the first page and, where it is the only one, hand in."""
    questionnaire = questionnaire_in(invitee.survey.version)
    page = questionnaire.pages[0]
    fields = {name: values for name, values in request.POST.lists() if not name.startswith("_")}
    sent = PageSent(fields, frozenset(request.POST.getlist("_shown")), {})
    lacks_consent = bool(questionnaire.consent) and "consent" not in request.POST
    if lacks_consent:
        return _chosen(request, invitee, lacks_consent=True)
    try:
        with transaction.atomic():
            begun = _begin(request, invitee)
            saved = save_page(begun.draft, begun.key, page, sent, language=spoken())
            if saved.problems:
                raise _Wrong(saved.problems)
        return _go_on(request, invitee, begun, saved)
    except _Wrong as wrong:
        return _chosen(request, invitee, wrong.problems)
    except AnsweringRefused:
        return _gone(request, invitee) or _start(request, invitee, token)


class _Wrong(Exception):
    """Something on the page is wrong: nothing is begun."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


def _go_on(request: HttpRequest, invitee: Invitee, begun: Begun, saved: Saved) -> HttpResponse:
    code = invitee.survey.code
    if saved.page is not None:
        return redirect(address(code, begun.key, "page", saved.page.code))
    if len(questionnaire_in(begun.draft.version).pages) > 1:
        return redirect(address(code, begun.key, "review"))
    try:
        hand_in(begun.draft, begun.key, user=request.user, language=spoken())
    except NotWhole as missing:
        return redirect(address(code, begun.key, "page", missing.code))
    return redirect(address(code, begun.key, "done"))


def _start(request: HttpRequest, invitee: Invitee, token: str, **more: Any) -> HttpResponse:
    own = reverse("surveys:invited", args=[invitee.survey.code, token])
    return shown_start(request, invitee.survey, is_invited=True, begin_url=own, **more)


def _gone(request: HttpRequest, invitee: Invitee) -> HttpResponse | None:
    """Say that this invitation no longer lets anybody answer, where it does not."""
    survey = invitee.survey
    if has_answered(survey, request.user, invitee.token_hash):
        title = _("This invitation has been used")
        text = _("Each invitation is for one answer, and that has come in. Thank you.")
        return over(request, title, text, status=410)
    if survey.state in (State.CLOSED, State.RESULTS, State.DRAFT):
        title = _("This survey has closed")
        text = _("No more answers are taken. Thank you for your interest.")
        links = {"start_url": reverse("surveys:start", args=[survey.code])} if survey.is_public else {}
        return over(request, title, text, status=410, **links)
    return None


@by_token
def no_invitations(request: HttpRequest, invitee: Invitee, token: str) -> HttpResponse:
    """Ask whether somebody wants no more invitations, and stop them; also for mail programs, with one click."""
    if request.method == "POST":
        if "again" in request.POST:
            inviting.invite_again(invitee)
        else:
            inviting.stop(invitee)
    has_stopped = NoInvitations.objects.filter(address_hash=invitee.address_hash).exists()
    context = {"has_stopped": has_stopped, "email": invitee.address, "is_done": request.method == "POST"}
    return render(request, "surveys/no_invitations.html", context)
