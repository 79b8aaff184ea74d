"""Voting, signed in or by way of the sign-in page."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from engagement.polls.forms import VoteForm
from engagement.polls.models import Poll
from engagement.polls.services import VoteRefused, cast_vote
from portal.registry import Place, place_of
from portal.web.views.origins import own_pages_only

_SESSION_KEY = "vote_drafts"


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="30/m", method="POST", block=True)
def vote(request: HttpRequest, code: str) -> HttpResponse:
    """Ask with the choice kept before signing in, and cast the vote by POST."""
    poll, place = _poll_and_place(code)
    if not request.user.is_authenticated:
        return _keep_then_sign_in(request, poll, place)
    if request.method != "POST":
        kept = request.session.get(_SESSION_KEY, {}).get(poll.code, "")
        return _page(request, poll, place, VoteForm(poll=poll, initial={"option": kept}))
    form = VoteForm(request.POST, poll=poll)
    if not form.is_valid():
        return _page(request, poll, place, form)
    return _cast(request, poll, place, form)


@csrf_exempt
@require_POST
@own_pages_only
@ratelimit(key="ip", rate="60/m", method="POST", block=True)
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a visitor's choice in their session and ask them to sign in; see the comments' draft for the token."""
    poll, place = _poll_and_place(code)
    if not request.user.is_authenticated:
        return _keep_then_sign_in(request, poll, place)
    _keep(request, poll, request.POST.get("option", "")[:20])
    return redirect("polls:vote", code=poll.code)


def _cast(request: HttpRequest, poll: Poll, place: Place, form: VoteForm) -> HttpResponse:
    try:
        cast_vote(poll, by=request.user, option_code=form.cleaned_data["option"], language=get_language())
    except VoteRefused:
        messages.error(request, _("Voting is closed. Your vote was not counted."), extra_tags="poll")
    else:
        request.session.get(_SESSION_KEY, {}).pop(poll.code, None)
        request.session.modified = True
        said = _("Your vote is counted. You can change it until the close.")
        messages.success(request, said, extra_tags="poll")
    return redirect(f"{place.url}#poll")


def _keep_then_sign_in(request: HttpRequest, poll: Poll, place: Place) -> HttpResponse:
    if request.method == "POST":
        form = VoteForm(request.POST, poll=poll)
        if not form.is_valid():
            return _page(request, poll, place, form)
        _keep(request, poll, form.cleaned_data["option"])
        messages.info(request, _("Your choice is kept. Sign in, and confirm it there."))
    next_url = reverse("polls:vote", args=[poll.code])
    return redirect(f"{reverse('account_login')}?{urlencode({'next': next_url})}")


def _keep(request: HttpRequest, poll: Poll, option_code: str) -> None:
    request.session[_SESSION_KEY] = {**request.session.get(_SESSION_KEY, {}), poll.code: option_code}


def _page(request: HttpRequest, poll: Poll, place: Place, form: VoteForm) -> HttpResponse:
    context = {"poll": poll, "place": place, "form": form, "guest": not request.user.is_authenticated}
    return render(request, "polls/vote.html", context, status=422 if form.is_bound else 200)


def _poll_and_place(code: str) -> tuple[Poll, Place]:
    poll = get_object_or_404(Poll, code=code, is_public=True)
    place = place_of(poll)
    if place is None:
        raise Http404
    return poll, place
