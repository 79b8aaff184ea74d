"""Following and unfollowing, signed in or by way of the sign-in page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from portal.notifications import services
from portal.notifications.services import FollowRefused
from portal.origins import is_from_elsewhere
from portal.registry.notices import Followed, followables

# What a visitor wants to follow, until they have signed in.
_SESSION_KEY = "follow"


@never_cache
@login_required
@require_POST
@ratelimit(key="user", rate="60/m", block=True)
def follow(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Follow a thing or, with “stop” in the form, follow it no more; then back to where the button was."""
    if "stop" in request.POST:
        return _stop(request, kind, key)
    return _begin(request, kind, key, back=request.POST.get("next", ""))


@never_cache
@csrf_exempt
@require_POST
@ratelimit(key="ip", rate="30/m", block=True)
def follow_first(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Keep what a visitor wants to follow in their session, and ask them to sign in.

    Exempt from the token because pages of visitors are cached and hold none; from our own pages alone.
    """
    if is_from_elsewhere(request):
        raise PermissionDenied
    _found(kind, key)
    request.session[_SESSION_KEY] = [kind, key]
    if not request.user.is_authenticated:
        messages.info(request, _("Sign in, and you follow it at once."))
    return redirect("notifications:follow_kept")


@never_cache
@login_required
@require_safe
def follow_kept(request: HttpRequest) -> HttpResponse:
    """Follow what was chosen before signing in, once: the choice itself was sent as a form of ours."""
    kind, key = request.session.pop(_SESSION_KEY, None) or ("", "")
    return _begin(request, kind, key) if kind else redirect("notifications:choices")


def _begin(request: HttpRequest, kind: str, key: str, *, back: str = "") -> HttpResponse:
    found = _found(kind, key)
    try:
        services.follow(request.user, kind=kind, key=key)
    except FollowRefused as refused:
        if refused.reason != "many":
            raise Http404 from None
        messages.error(request, _("You follow so much already that nothing more can be added. Stop something first."))
    else:
        text = _("You now follow “%(title)s”. You are told of news as you chose under “Notification choices”.")
        messages.success(request, text % {"title": found.title})
    return redirect(_own_path(back) or found.path)


def _stop(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Unfollow, also what is not public any more."""
    services.unfollow(request.user, kind=kind, key=key)
    messages.success(request, _("You no longer follow it."))
    return redirect(_own_path(request.POST.get("next", "")) or "notifications:choices")


def _found(kind: str, key: str) -> Followed:
    """Return the thing as everybody may see it, or 404."""
    found = followables[kind].find([key]).get(key) if kind in followables else None
    if found is None:
        raise Http404
    return found


def _own_path(path: str) -> str:
    """Return the path if it is one of this portal; nothing for an address elsewhere."""
    is_own = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_own else ""
