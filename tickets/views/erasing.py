"""A guest has their data erased: asked for on the page of a request, confirmed from their own mailbox."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.services.guests import erase_guest
from tickets.services.erasure import ask_guest_to_confirm, guest_to_erase
from tickets.views.access import Access, quiet
from tickets.views.limits import too_many_lookups


def ask(request: HttpRequest, access: Access) -> HttpResponse:
    """Say what would go, and send the link that does it; who has an account erases that."""
    if access.ticket.contact is None:
        raise Http404
    if request.method != "POST":
        context = {"ticket": access.ticket, "back_url": access.url(), "url": access.url("erase")}
        return render(request, "tickets/erase_ask.html", context)
    if too_many_lookups(request):
        return redirect(f"{access.url()}?said=later")
    ask_guest_to_confirm(access.ticket)
    return redirect(f"{access.url()}?said=erase-mailed")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """Open the link from the mail: reading it changes nothing, a press erases for good."""
    request.has_secret_address = True
    contact = guest_to_erase(signed)
    if contact is None:
        return quiet(render(request, "tickets/erase_gone.html", status=404))
    if request.method == "POST":
        erase_guest(contact, reason="asked")
        return quiet(render(request, "tickets/erased.html"))
    response = quiet(render(request, "tickets/erase_confirm.html", {"count": contact.tickets.count()}))
    # Else browsers withhold the origin, by which the token of the form is checked.
    response["Referrer-Policy"] = "same-origin"
    return response
