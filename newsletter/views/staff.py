"""What staff do with subscriptions inside the admin, and the export."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from newsletter.forms.staff import ReasonForm
from newsletter.models import Subscription
from newsletter.services import subscribing
from newsletter.services.staff import erase_on_request, leave_on_request
from newsletter.services.subscribing import SubscriptionRefused
from newsletter.services.watching import set_canary
from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.audit.services import record
from portal.mailings.selectors.tables import FORMULA

ACTS = {
    "unsubscribe": _("Unsubscribe on request"),
    "erase": _("Forget the address"),
    "link": _("Send the link again"),
    "canary": _("Watch by this reader whether mail arrives, or no longer"),
}
DONE = {
    "unsubscribe": _("The address is unsubscribed."),
    "erase": _("The address is forgotten."),
    "link": _("The link is on its way."),
    "canary": _("That is kept."),
}
COLUMNS = ("email", "state", "language", "frequency", "organisation", "created_at", "confirmed_at", "ended_at")


def act(request: HttpRequest, subscription: Subscription, name: str, context: dict[str, Any]) -> HttpResponse:
    """Ask whether it shall be done, and do it by the service."""
    form = ReasonForm(request.POST or None) if name == "unsubscribe" else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _do(name, subscription, request.user, form)
        except SubscriptionRefused:
            messages.error(request, _("That cannot be done with a subscription that stands so."))
        else:
            messages.success(request, DONE[name])
        return redirect("admin:newsletter_subscription_change", subscription.pk)
    status = 422 if request.method == "POST" else 200
    context |= {"title": ACTS[name], "subscription": subscription, "form": form, "act": name}
    return render(request, "admin/newsletter/subscription/act.html", context, status=status)


def _do(name: str, subscription: Subscription, by: Any, form: ReasonForm | None) -> None:
    if form is not None:
        leave_on_request(subscription, by=by, reason=form.cleaned_data["reason"])
    elif name == "erase":
        erase_on_request(subscription, by=by)
    elif name == "canary":
        set_canary(subscription, by=by)
    else:
        subscribing.send_link(subscription, by=by)


@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give all subscriptions that the person may see as CSV, row by row; who took it stands in the trail."""
    if not holds(request.user, Role.EDITOR):
        raise PermissionDenied
    record("subscriptions.exported", request.user, by=request.user)
    answer = StreamingHttpResponse(_rows(request.user), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="subscriptions-{timezone.localdate():%Y-%m-%d}.csv"'
    return answer


class _Line:
    """What the writer of CSV writes into: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def _rows(user: Any) -> Iterator[str]:
    writer = csv.writer(_Line())
    # The mark tells programs for tables that this is UTF-8.
    yield "\ufeff" + writer.writerow(COLUMNS)
    values = ("email", "state", "language", "frequency", "organisation__code", "created_at", "confirmed_at", "ended_at")
    found = Subscription.objects.for_staff(user).order_by("pk").values_list(*values)
    for row in found.iterator(chunk_size=2000):
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    """Return a cell that no program for tables takes for a formula."""
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if FORMULA.match(text) else text
