"""In the account: what the signed-in person receives, and the list of the organisation whose contact they are."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from newsletter.choices import SubscriptionState
from newsletter.forms.organisations import LanguageForm, MemberForm
from newsletter.forms.subscribing import ChoicesForm
from newsletter.models import MailingList, Subscription
from newsletter.selectors.members import members_of, organisations_of, own_subscription
from newsletter.services import organisations, subscribing
from newsletter.services.organisations import ListIsFull
from portal.accounts.models import Organisation

RECEIVING = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)
MEMBERS_SHOWN = organisations.MOST_MEMBERS


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="30/m", method="POST", block=True)
def mine(request: HttpRequest) -> HttpResponse:
    """Show and keep what is sent to the person's own address; their mailbox is confirmed already."""
    subscription = own_subscription(request.user)
    receives = subscription is not None and subscription.state in RECEIVING
    known = subscription if receives else None
    form = ChoicesForm(request.POST or None, subscription=known, initial={"language": request.user.language})
    if not receives:
        del form.fields["paused_until"]
    if request.method == "POST" and form.is_valid():
        _keep(request, subscription if receives else None, form)
        return redirect("newsletter:mine")
    context = {
        "form": form,
        "receives": receives,
        "subscription": subscription,
        "organisations": organisations_of(request.user),
    }
    return render(request, "newsletter/mine.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, subscription: Subscription | None, form: ChoicesForm) -> None:
    if subscription is None:
        subscribing.subscribe_person(request.user, form.wish)
        messages.success(request, _("You are subscribed."))
    else:
        subscribing.change(subscription, form.wish, paused_until=form.cleaned_data["paused_until"])
        messages.success(request, _("Your choices are kept."))


@never_cache
@login_required
@require_POST
def leave_mine(request: HttpRequest) -> HttpResponse:
    """Unsubscribe the signed-in person."""
    subscription = own_subscription(request.user)
    if subscription is not None:
        subscribing.leave(subscription, source=subscribing.Source.ACCOUNT, by=request.user)
    messages.success(request, _("You are unsubscribed."))
    return redirect("newsletter:mine")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="60/h", method="POST", block=True)
def members(request: HttpRequest, code: str) -> HttpResponse:
    """Show the members of an organisation's list to its contact; a POST asks one more address."""
    organisation = _organisation(request, code)
    kept = organisations.list_of(organisation)
    form = MemberForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            organisations.add_member(kept, form.cleaned_data["email"], form.cleaned_data["language"], by=request.user)
        except ListIsFull:
            form.add_error(None, _("The list is full. For more addresses than these, ask us to import a file."))
        else:
            messages.success(request, _("This address is asked to confirm, unless it unsubscribed before."))
            return redirect("newsletter:members", code)
    context: dict[str, Any] = {
        "form": form,
        "organisation": organisation,
        "languages": LanguageForm().fields["language"],
    }
    context["members"] = members_of(kept)[:MEMBERS_SHOWN]
    return render(request, "newsletter/members.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_POST
def remove_member(request: HttpRequest, code: str, member: str) -> HttpResponse:
    """Take somebody off the list."""
    kept, subscription = _member(request, code, member)
    organisations.remove_member(kept, subscription, by=request.user)
    messages.success(request, _("The address is off the list."))
    return redirect("newsletter:members", code)


@never_cache
@login_required
@require_POST
def change_member(request: HttpRequest, code: str, member: str) -> HttpResponse:
    """Write to a member in another language."""
    kept, subscription = _member(request, code, member)
    form = LanguageForm(request.POST)
    if form.is_valid():
        organisations.change_language(kept, subscription, form.cleaned_data["language"], by=request.user)
        messages.success(request, _("The language is kept."))
    else:
        messages.error(request, _("Choose from the list."))
    return redirect("newsletter:members", code)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    """Return an organisation whose contact the person is; 404 for all others."""
    return get_object_or_404(Organisation, code=code, pk__in=[one.pk for one in organisations_of(request.user)])


def _member(request: HttpRequest, code: str, member: str) -> tuple[MailingList, Subscription]:
    kept = organisations.list_of(_organisation(request, code))
    return kept, get_object_or_404(members_of(kept), code=member)
