"""The link of an invitation: the start page with the right to answer, and the way to stop invitations.

A GET never spends, stores or stops anything: scanners of mail follow links.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.secret_links import Guesses
from portal.web.views.errors import too_many_requests
from surveys.choices import Channel, State
from surveys.models import Invitee, NoInvitations
from surveys.selectors.inviting import invitee_of
from surveys.services import inviting
from surveys.services.drafts import AnsweringRefused, begin, has_answered
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
        return _start(request, invitee, token)
    if too_many_begun(request):
        return too_many_requests(request)
    try:
        begun = begin(
            invitee.survey,
            user=request.user,
            language=spoken(),
            has_consented="consent" in request.POST,
            token_hash=invitee.token_hash,
            channel=Channel.MAIL,
        )
    except AnsweringRefused as refused:
        if refused.reason == "consent":
            told = {"text": _("Please agree before you begin, or leave this survey."), "target": "id_consent"}
            return _start(request, invitee, token, errors=[told])
        return _gone(request, invitee) or _start(request, invitee, token)
    return redirect(address(invitee.survey.code, begun.key, "go_on"))


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
