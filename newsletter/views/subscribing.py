"""Subscribing, confirming, choosing and leaving. A GET never changes anything: scanners of mail follow links."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_ratelimit.core import is_ratelimited

from newsletter.choices import SubscriptionState
from newsletter.forms.subscribing import ChoicesForm, SubscribeForm
from newsletter.models import Subscription
from newsletter.services import subscribing
from newsletter.services.subscribing import SubscriptionRefused
from portal.accounts.querysets import email_key

FROM_HERE, FOR_ADDRESS = "20/h", "3/h"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask to be written to; the answer is the same whether the address is known or not."""
    if request.method != "POST":
        return render(request, "newsletter/subscribe.html", {"form": SubscribeForm(initial=_initial(request))})
    form = SubscribeForm(request.POST)
    if not form.is_valid():
        return render(request, "newsletter/subscribe.html", {"form": form}, status=422)
    if is_ratelimited(request, group="newsletter.ask", key="ip", rate=FROM_HERE, increment=True):
        form.add_error(None, _("Too many subscriptions came from here within an hour. Please try again later."))
        return render(request, "newsletter/subscribe.html", {"form": form}, status=429)
    email = form.cleaned_data["email"]
    if request.user.is_authenticated and email_key(email) == request.user.email_key:
        subscription = subscribing.subscribe_person(request.user, form.wish)
        return render(request, "newsletter/subscribed.html", {"subscription": subscription})
    if not form.is_from_a_machine and not _wrote_enough(request, email):
        subscribing.ask(email, form.wish)
    return render(request, "newsletter/asked.html", {"email": email})


def _initial(request: HttpRequest) -> dict[str, str]:
    return {"email": request.user.email} if request.user.is_authenticated else {}


def _wrote_enough(request: HttpRequest, email: str) -> bool:
    """Tell whether this address was asked often enough within the hour: nobody's mailbox is filled through us."""
    return is_ratelimited(
        request, group="newsletter.ask.email", key=lambda group, _: email_key(email), rate=FOR_ADDRESS, increment=True
    )


def confirm(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Show the button that confirms, and confirm."""
    if request.method == "POST":
        try:
            subscribing.confirm(subscription)
        except SubscriptionRefused:
            return redirect("newsletter:choices", token)
        return redirect("newsletter:confirmed", token)
    if subscription.state != SubscriptionState.PENDING:
        return redirect("newsletter:choices", token)
    return render(request, "newsletter/confirm.html", {"subscription": subscription, "token": token})


def confirmed(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Say that it is done."""
    return render(request, "newsletter/confirmed.html", {"subscription": subscription, "token": token})


def choices(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Show what somebody chose; a POST keeps other choices. Who has not confirmed is asked to."""
    if subscription.state == SubscriptionState.PENDING:
        return redirect("newsletter:confirm", token)
    if subscription.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        return render(request, "newsletter/left.html", {"subscription": subscription, "token": token})
    if request.method != "POST":
        form = ChoicesForm(subscription=subscription)
        return render(request, "newsletter/choices.html", {"form": form, "subscription": subscription, "token": token})
    form = ChoicesForm(request.POST, subscription=subscription)
    if not form.is_valid():
        context = {"form": form, "subscription": subscription, "token": token}
        return render(request, "newsletter/choices.html", context, status=422)
    subscribing.change(subscription, form.wish, paused_until=form.cleaned_data["paused_until"])
    messages.success(request, _("Your choices are kept."))
    return redirect("newsletter:choices", token)


def leave(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Ask whether somebody wants to leave, and unsubscribe them; also for mail programs that do it with one click."""
    if request.method != "POST":
        return render(request, "newsletter/leave.html", {"subscription": subscription, "token": token})
    subscription = subscribing.leave(subscription)
    return render(request, "newsletter/left.html", {"subscription": subscription, "token": token})


def come_back(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Take the unsubscribing back."""
    try:
        subscribing.come_back(subscription)
    except SubscriptionRefused:
        return redirect("newsletter:choices", token)
    messages.success(request, _("You are subscribed again."))
    return redirect("newsletter:choices", token)


def erase(request: HttpRequest, subscription: Subscription, token: str) -> HttpResponse:
    """Ask whether the address shall be forgotten, and forget it."""
    if request.method != "POST":
        return render(request, "newsletter/erase.html", {"subscription": subscription, "token": token})
    subscribing.erase(subscription)
    return render(request, "newsletter/erased.html")
