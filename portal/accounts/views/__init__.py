"""Pages of people about themselves, and sign-up."""

from allauth.account import views as allauth_views
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import make_password
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from portal.accounts import selectors, services
from portal.accounts.forms import ErasureForm, ProfileForm
from portal.accounts.forms.signing_in import SignUpForm
from portal.accounts.models import Person
from portal.accounts.querysets import email_key


class SignUpView(allauth_views.SignupView):
    """Sign-up that tells nobody whether an address has an account: answer, path and time are the same."""

    form_class = SignUpForm

    def form_valid(self, form: SignUpForm) -> HttpResponseBase:
        """Make the account, or tell the owner of the address that there is one."""
        if form.account_already_exists:
            # A new account hashes its password here; so does this, or the time would tell the two apart.
            make_password(form.cleaned_data["password1"])
            return super().form_valid(form)
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except IntegrityError:
            if not Person.objects.filter(email_key=email_key(form.cleaned_data["email"])).exists():
                raise
            # Somebody else was first with the address, between our look and our writing.
            form.account_already_exists = True
            return super().form_valid(form)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="20/m", method="POST", block=True)
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change what a person tells about themselves."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.update_profile(request.user, **form.cleaned_data)
        messages.success(request, _("Your profile has been saved."))
        return redirect("accounts:profile")
    if form.errors:
        # The form has already written what was typed onto the person, whose name the header shows.
        request.user.refresh_from_db()
    addresses = EmailAddress.objects.filter(user=request.user).order_by("-primary", "pk")
    return render(request, "accounts/profile.html", {"form": form, "addresses": addresses})


@never_cache
@login_required
@require_safe
@ratelimit(key="user", rate="10/h", block=True)
def export(request: HttpRequest) -> HttpResponse:
    """Hand out everything the portal holds about the person, as a JSON file."""
    response = JsonResponse(
        selectors.export(request.user),
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    name = f"sawt-{request.user.code}-{timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="5/m", method="POST", block=True)
def erase(request: HttpRequest) -> HttpResponse:
    """Ask once more, then erase the account."""
    form = ErasureForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        services.erase_person(request.user, by=request.user)
        logout(request)
        messages.success(request, _("Your account has been erased. What you wrote is no longer shown under your name."))
        return redirect("web:home")
    return render(request, "accounts/erase.html", {"form": form})
