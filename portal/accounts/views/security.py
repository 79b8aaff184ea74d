"""How one signs in: factors, recovery codes and the devices on which one is signed in."""

import base64
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from portal.accounts.forms.second_factor import AppForm
from portal.accounts.models import Person
from portal.accounts.rules import is_held_back, needs_second_factor
from portal.accounts.services import factors, open_sessions

# The secret of an app that is being set up, in the session.
NEW_APP = "new_app"
confirmed_again = reauthentication_required(app="allauth.mfa")


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show everything by which a person signs in; staff who need a factor first see that, and then go on."""
    after = request.GET.get("next", "")
    if get_adapter().is_safe_url(after):
        request.session[factors.AFTER_FACTOR] = after
    held_back = is_held_back(request.user)
    context = {
        "factors": factors.of(request.user),
        "codes_left": factors.codes_left(request.user),
        "few_codes": factors.FEW_CODES,
        "is_needed": needs_second_factor(request.user),
        "after": "" if held_back else request.session.get(factors.AFTER_FACTOR, ""),
        "session_count": open_sessions.of(request.user).count(),
    }
    return render(request, "mfa/index.html", context)


@never_cache
@login_required
@confirmed_again
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="20/m", method="POST", block=True)
def add_app(request: HttpRequest) -> HttpResponse:
    """Show the secret of a new authenticator app until it has proven itself with a code."""
    secret = _secret(request)
    form = AppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = factors.add_app(request.user, secret=secret, code=form.cleaned_data["code"])
        except factors.AppInUse:
            messages.error(request, _("You have an authenticator app already. Remove it first to set up another."))
            return redirect("mfa_index")
        if added is not None:
            request.session.pop(NEW_APP, None)
            messages.success(request, _("The authenticator app is set up."))
            return added_factor(request, added)
        form.add_error("code", _("This code is not right. Please take the one that the app shows now."))
    adapter = get_factor_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    context = {
        "form": form,
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}",
        # In groups of four, for those who type it.
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    }
    return render(request, "mfa/totp/activate_form.html", context)


def _secret(request: HttpRequest) -> str:
    """Return the secret that this session was shown: the same after a wrong code and after loading the page again."""
    if NEW_APP not in request.session:
        request.session[NEW_APP] = encrypt(generate_totp_secret())
    return decrypt(request.session[NEW_APP])


def added_factor(request: HttpRequest, factor: Authenticator) -> HttpResponse:
    """Go on after a factor was added: it counts as given, and with the first one all other sessions end."""
    person: Person = request.user
    record_authentication(request, person, "mfa", id=factor.pk, type=factor.type, reauthenticated=True)
    if len(factors.of(person)) > 1:
        return redirect("mfa_index")
    open_sessions.end_others(person, session=request.session, why="second_factor")
    return redirect("mfa_view_recovery_codes")


@never_cache
@login_required
@confirmed_again
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then remove an app or a passkey of one's own."""
    mine = factors.of(request.user)
    factor = next((factor for factor in mine if factor.pk == pk), None)
    if factor is None:
        raise Http404
    if request.method == "POST":
        try:
            factors.remove(request.user, pk=pk)
        except Authenticator.DoesNotExist as gone:
            raise Http404 from gone
        except factors.LastFactor:
            text = _("Whoever works for a body needs a second factor. Add another one first, then remove this one.")
            messages.error(request, text)
        else:
            messages.success(request, _("It has been removed."))
        return redirect("mfa_index")
    context = {"factor": factor, "is_last": len(mine) == 1, "is_needed": needs_second_factor(request.user)}
    return render(request, "mfa/remove.html", context)


@never_cache
@login_required
@confirmed_again
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """Show recovery codes just made, later only how many are left."""
    left = factors.codes_left(request.user)
    if left is None:
        raise Http404
    context = {
        "codes": factors.readable_codes(request.user),
        "left": left,
        "few_codes": factors.FEW_CODES,
        "after": "" if is_held_back(request.user) else request.session.get(factors.AFTER_FACTOR, ""),
    }
    return render(request, "mfa/recovery_codes/index.html", context)


@never_cache
@login_required
@confirmed_again
@require_POST
@ratelimit(key="user", rate="5/h", method="POST", block=True)
def make_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes in place of the old ones."""
    if not factors.has_factor(request.user):
        raise Http404
    factors.make_codes(request.user)
    messages.success(request, _("New codes have been made. The old ones no longer work."))
    return redirect("mfa_view_recovery_codes")


@never_cache
@login_required
@confirmed_again
@require_safe
def download_codes(request: HttpRequest) -> HttpResponse:
    """Hand out recovery codes as a text, as long as they can be read at all."""
    readable = factors.readable_codes(request.user)
    if not readable:
        raise Http404
    response = render(request, "mfa/recovery_codes/download.txt", {"codes": readable}, content_type="text/plain")
    response["Content-Type"] = "text/plain; charset=utf-8"
    response["Content-Disposition"] = 'attachment; filename="sawt-recovery-codes.txt"'
    return response


@never_cache
@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """List the devices on which the person is signed in."""
    return render(
        request,
        "usersessions/usersession_list.html",
        {"sessions": open_sessions.of(request.user), "current": request.session.get(open_sessions.CODE)},
    )


@never_cache
@login_required
@require_POST
def end_session(request: HttpRequest, code: str) -> HttpResponse:
    """End one session of the person's own; this one by the page for signing out."""
    if code == request.session.get(open_sessions.CODE):
        return redirect("account_logout")
    if not open_sessions.end_one(request.user, code=code):
        raise Http404
    messages.success(request, _("That session has ended."))
    return redirect("accounts:sessions")


@never_cache
@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    count = open_sessions.end_others(request.user, session=request.session, why="asked")
    text: Any = ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounts:sessions")
