"""Passkeys, and the pages of allauth that ask for a factor. The browser's part is ``static/js/passkeys.js``."""

import json
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.mfa.base import views as allauth_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit
from fido2.webauthn import ResidentKeyRequirement, UserVerificationRequirement

from portal.accounts.forms.second_factor import PasskeyForm
from portal.accounts.models import Person
from portal.accounts.services import factors
from portal.accounts.views.security import added_factor, confirmed_again


@never_cache
@login_required
@confirmed_again
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="20/m", method="POST", block=True)
def add(request: HttpRequest) -> HttpResponse:
    """Take a passkey that the browser has just made, or offer to make one."""
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        credential = form.cleaned_data["credential"]
        if _is_proven(credential):
            name = form.cleaned_data["name"]
            added = factors.add_passkey(request.user, name=name, credential=credential)
            messages.success(request, _("The passkey is set up."))
            return added_factor(request, added)
        form.add_error(None, _("This did not work. Please try again."))
    return render(request, "mfa/webauthn/add_form.html", {"form": form, "options": _creation_options(request.user)})


def _is_proven(credential: Any) -> bool:
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    # What a browser never sends is refused like what it should not have sent.
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def _creation_options(person: Person) -> str:
    """Return what the browser needs, as JSON.

    A passkey that can say by itself whose it is, and asks for a finger or a PIN, is preferred: with that one can sign
    in without the password. A simple key is taken too, and is a second factor beside it.
    """
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(person),
        credentials=auth.get_credentials(person),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions=auth.EXTENSIONS,
    )
    auth.set_state(state)
    return json.dumps(dict(options))


class GiveFactorView(allauth_views.AuthenticateView):
    """The second step of signing in: a code, or a passkey where there is one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the browser needs for a passkey."""
        context = super().get_context_data(**kwargs)
        return context | _offered(self.stage.login.user, context)

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on; whoever is running out of recovery codes is told."""
        response = super().form_valid(form)
        _warn_of_few_codes(self.request, form)
        return response


class GiveFactorAgainView(allauth_views.ReauthenticateView):
    """A code once more, before something that matters."""


class GivePasskeyAgainView(passkey_views.ReauthenticateWebAuthnView):
    """A passkey once more, before something that matters."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the browser needs."""
        context = super().get_context_data(**kwargs)
        return context | _offered(self.request.user, context)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so on the same page."""
        return self.render_to_response(self.get_context_data())


@method_decorator(never_cache, name="dispatch")
class SignInByPasskeyView(passkey_views.LoginWebAuthnView):
    """Sign-in by a passkey alone, which has asked for a finger or a PIN and so is two factors in one."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell the browser what to sign: fresh, and the same whoever asks."""
        return JsonResponse({"options": dict(auth.begin_authentication(user=None))})

    def form_invalid(self, form: Any) -> HttpResponse:
        """Back to the sign-in page, with the way on."""
        messages.error(self.request, _("This did not work. Please try again."))
        after = self.request.POST.get("next", "")
        query = f"?{urlencode({'next': after})}" if get_adapter().is_safe_url(after) else ""
        return redirect(reverse("account_login") + query)


def _offered(person: Person, context: dict[str, Any]) -> dict[str, Any]:
    kinds = {factor.type for factor in factors.of(person)}
    return {
        "has_app": factors.Type.TOTP in kinds,
        "has_passkey": factors.Type.WEBAUTHN in kinds,
        "options": json.dumps(context["js_data"]["request_options"]) if "js_data" in context else "",
    }


def _warn_of_few_codes(request: HttpRequest, form: Any) -> None:
    used = getattr(form, "authenticator", None)
    if used is None or used.type != factors.Type.RECOVERY_CODES:
        return
    left = factors.codes_left(used.user) or 0
    text = ngettext(
        "You have %(count)s recovery code left. You can make new ones under “Sign-in and security”.",
        "You have %(count)s recovery codes left. You can make new ones under “Sign-in and security”.",
        left,
    )
    messages.warning(request, text % {"count": left})
