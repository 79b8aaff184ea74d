"""Changing the e-mail address: asked here, answered by links in two mailboxes. Opening a link changes nothing."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from portal.accounts.forms.addresses import NewAddressForm
from portal.accounts.models import AddressChange
from portal.accounts.services import addresses


@never_cache
@login_required
@reauthentication_required(app="allauth.account")
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="5/h", method="POST", block=True)
def change(request: HttpRequest) -> HttpResponse:
    """Ask both mailboxes; the answer is the same whether the new address has an account or not."""
    form = NewAddressForm(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and form.is_valid():
        addresses.ask(request.user, address=form.cleaned_data["email"])
        messages.success(request, _("We have written to both addresses. Please follow both links."))
        return redirect("account_email")
    context = {"form": form, "waiting": addresses.waiting_for(request.user), "days": addresses.DAYS_VALID}
    return render(request, "account/email.html", context)


@never_cache
@login_required
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """The person no longer wishes it."""
    if addresses.withdraw(request.user):
        messages.success(request, _("Nothing is changed. The links that we sent no longer work."))
    return redirect("account_email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", rate="30/m", method="POST", block=True)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the new mailbox."""
    found = addresses.by_new_link(token)
    if found is None:
        return _gone(request)
    if request.method == "POST":
        return _answer(request, found, addresses.confirm, _("Confirmed. Now we wait for the link in the old mailbox."))
    return render(request, "accounts/address_confirm.html", {"address": found.address})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", rate="30/m", method="POST", block=True)
def approve(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the old mailbox: by which the change is approved, or stopped."""
    found = addresses.by_old_link(token)
    if found is None:
        return _gone(request)
    if request.method == "POST" and "stop" in request.POST:
        addresses.stop(found)
        if request.user == found.person:
            logout(request)
        return render(request, "accounts/address_stopped.html")
    if request.method == "POST":
        return _answer(request, found, addresses.approve, _("Approved. Now we wait for the link in the new mailbox."))
    return render(request, "accounts/address_approve.html", {"change": found})


def _answer(request: HttpRequest, found: AddressChange, say, waiting: str) -> HttpResponse:
    try:
        with transaction.atomic():
            is_made = say(found)
    except addresses.AddressTaken:
        messages.error(request, _("This address cannot be used. Please choose another one."))
    else:
        messages.success(request, _("From now on you sign in with the new address.") if is_made else waiting)
    return redirect("accounts:profile" if request.user.is_authenticated else "account_login")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/address_gone.html", status=404)
