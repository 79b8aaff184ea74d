"""Voting on a comment."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from engagement.comments.forms import VoteForm
from engagement.comments.models import Comment
from engagement.comments.selectors import one_comment
from engagement.comments.services import CommentRefused, ThreadClosed, vote_on_comment
from engagement.comments.views.comments import found
from portal.registry import place_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@ratelimit(key="user", rate="60/m", method="POST", block=True)
def vote(request: HttpRequest, code: str) -> HttpResponse:
    """Set the vote by POST. A GET, which is where a visitor returns to after signing in, only asks."""
    comment = found(request, code)
    form = VoteForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        messages.error(request, _("Choose to vote up or down."), extra_tags=f"c-{comment.code}")
        return _back(request, comment)
    if request.method != "POST":
        context = {"comment": comment, "direction": form.cleaned_data["direction"], "place": place_of(comment.thread)}
        return render(request, "comments/vote.html", context)
    return _set(request, comment, form.value())


def _set(request: HttpRequest, comment: Comment, value: int) -> HttpResponse:
    anchor = f"c-{comment.code}"
    try:
        comment = vote_on_comment(comment, by=request.user, value=value)
    except ThreadClosed:
        messages.error(request, _("Voting on comments is closed here."), extra_tags=anchor)
    except CommentRefused:
        messages.error(request, _("You cannot vote on this comment."), extra_tags=anchor)
    else:
        if request.htmx:
            context = {"item": one_comment(comment, reader=request.user)}
            return render(request, "comments/_votes.html", context)
        said = _("Your vote is counted.") if value else _("Your vote is taken back.")
        messages.success(request, said, extra_tags=anchor)
    return _back(request, comment)


def _back(request: HttpRequest, comment: Comment) -> HttpResponse:
    """Go back to the very page the vote was cast on, when it was one of ours."""
    came_from = request.headers.get("referer", "")
    # Asked first: what is no address at all cannot be taken apart.
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    if not ours or urlsplit(came_from).path in (request.path, reverse("account_login")):
        place = place_of(comment.thread)
        came_from = place.url if place else reverse("web:home")
    return redirect(f"{came_from}#c-{comment.code}")
