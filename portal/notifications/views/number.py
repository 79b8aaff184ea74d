"""The number for short messages: written, confirmed by the code that went there, changed and forgotten."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from portal.notifications.forms import CodeForm, NumberForm, ways_by_number
from portal.notifications.selectors import wishes_of
from portal.notifications.services import numbers
from portal.notifications.services.numbers import NumberRefused

_REFUSALS = {
    "number": gettext_lazy("Write the number with the code of the country, such as +966 5X XXX XXXX."),
    "off": gettext_lazy("This way is not offered at the moment. Choose another one."),
    "often": gettext_lazy("Too many codes were asked for. Please try again later."),
    "none": gettext_lazy("Ask for a code first."),
    "old": gettext_lazy("This code is no longer valid. Ask for a new one."),
    "wrong": gettext_lazy("This is not the code that we sent. Please look again."),
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="20/h", method="POST", block=True)
def number(request: HttpRequest) -> HttpResponse:
    """Show the number, and send a code to a new one."""
    form = NumberForm(_sent(request, "number"))
    if form.is_bound and form.is_valid():
        try:
            wishes = numbers.ask_number(request.user, form.cleaned_data["number"], form.cleaned_data["way"])
        except NumberRefused as refused:
            form.add_error("number", str(_REFUSALS[refused.reason]))
        else:
            if wishes.new_phone:
                messages.success(request, _("A code is on its way to this number. It is valid for 15 minutes."))
            else:
                messages.info(request, _("This number is confirmed already."))
            return redirect("notifications:number")
    return _page(request, form, CodeForm())


@never_cache
@login_required
@require_POST
@ratelimit(key="user", rate="30/h", block=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the code that came to the new number."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            numbers.confirm_number(request.user, form.cleaned_data["code"])
        except NumberRefused as refused:
            form.add_error("code", str(_REFUSALS[refused.reason]))
        else:
            messages.success(request, _("Your number is confirmed. Choose now what reaches you there."))
            return redirect("notifications:choices")
    return _page(request, NumberForm(), form)


@never_cache
@login_required
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Send nothing to a number any more."""
    numbers.forget_number(request.user)
    messages.success(request, _("The number is forgotten. What went there comes by e-mail now."))
    return redirect("notifications:choices")


def _sent(request: HttpRequest, field: str) -> Any:
    return request.POST if request.method == "POST" and field in request.POST else None


def _page(request: HttpRequest, form: NumberForm, code: CodeForm) -> HttpResponse:
    wishes = wishes_of(request.user)
    if not ways_by_number() and not wishes.phone:
        raise Http404
    context = {"form": form, "code": code, "wishes": wishes, "failed": code if code.errors else form}
    return render(request, "notifications/number.html", context, status=422 if form.errors or code.errors else 200)
