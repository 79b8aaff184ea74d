"""Held mail and the state of channels, inside the admin: thin pages over the services."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.choices import Role
from portal.accounts.rules import holds_in_ministry
from portal.messaging.templatetags.mail import isolate
from tickets.choices import IncomingState, Why
from tickets.forms.incoming import DiscardForm, IntoForm
from tickets.models import Incoming, Ticket
from tickets.selectors.incoming import channel_rows, count_in, headers_shown
from tickets.selectors.letters import first_look, language_of
from tickets.services import held
from tickets.services.mail_in import read_raw
from tickets.services.moves import TicketRefused
from tickets.views.desk import for_agents

TEMPLATES = "admin/tickets/incoming"
SOURCE_SHOWN = 20_000


@for_agents
@require_safe
def message(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show one message as plain words with its headers, and what can be done with it."""
    return _page(request, site, _message(request, code))


@for_agents
@require_POST
def accept(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Make it part of a request."""
    row, form = _message(request, code), IntoForm(request.POST)
    if not form.is_valid():
        return _page(request, site, row, into=form)
    ticket = Ticket.objects.for_desk(request.user).filter(reference=form.cleaned_data["reference"]).first()
    if ticket is None:
        form.add_error("reference", gettext("No request of your bodies has this reference."))
        return _page(request, site, row, into=form)
    try:
        joined = held.accept_into(row, ticket, by=request.user)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return _page(request, site, row, into=form, status=409)
    _say(request, gettext("It stands in request %(reference)s now."), joined)
    return redirect("admin:tickets_ticket_desk", code=joined.code)


@for_agents
@require_POST
def open_new(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Open a request for it."""
    try:
        opened = held.open_request(_message(request, code), by=request.user)
    except TicketRefused as refusal:
        messages.error(request, why(refusal))
        return redirect("admin:tickets_incoming_message", code=code)
    _say(request, gettext("Request %(reference)s is opened."), opened)
    return redirect("admin:tickets_ticket_desk", code=opened.code)


@for_agents
@require_POST
def discard(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Say that nothing becomes of it, and why."""
    row, form = _message(request, code), DiscardForm(request.POST)
    if not form.is_valid():
        return _page(request, site, row, discard=form)
    try:
        held.discard(row, why=Why(form.cleaned_data["why"]), by=request.user)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return _page(request, site, row, discard=form, status=409)
    messages.success(request, gettext("Discarded. It is kept for 90 days."))
    return redirect(f"{reverse('admin:tickets_incoming_changelist')}?state__exact=held")


@require_safe
def channels(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show how each channel stands, to administrators of the ministry."""
    if not holds_in_ministry(request.user, Role.ADMINISTRATOR):
        raise PermissionDenied
    context = {
        **site.each_context(request),
        "title": gettext("Channels"),
        "rows": channel_rows(),
        "held": count_in(IncomingState.HELD),
        "failed": count_in(IncomingState.FAILED),
        "unread": count_in(IncomingState.NEW),
        "now": timezone.now(),
    }
    return render(request, f"{TEMPLATES}/channels.html", context)


def why(refusal: TicketRefused) -> str:
    """Say in a sentence why nothing was done."""
    return {
        "forbidden": gettext("You do not answer for this body."),
        "settled": gettext("A colleague has decided about it already. Nothing was changed."),
        "over": gettext("That request ended more than 30 days ago: open a new one instead."),
        "sender": gettext("It names no sender who could be answered: it cannot become a request by itself."),
    }.get(refusal.reason, gettext("This could not be done. Nothing was changed."))


def _message(request: HttpRequest, code: str) -> Incoming:
    found = Incoming.objects.for_desk(request.user).select_related("organisation", "ticket", "entry")
    return get_object_or_404(found, code=code)


def _page(request: HttpRequest, site: AdminSite, row: Incoming, *, status: int = 0, **typed: Any) -> HttpResponse:
    is_named = row.ticket is not None and Ticket.objects.for_desk(request.user).filter(pk=row.ticket_id).exists()
    reference = row.ticket.reference if is_named else ""
    context = {
        **site.each_context(request),
        "title": row.subject or gettext("(no subject)"),
        "row": row,
        "named": row.ticket if is_named else None,
        **_words(row),
        "into": typed.get("into") or IntoForm(initial={"reference": reference}),
        "discard": typed.get("discard") or DiscardForm(),
    }
    return render(request, f"{TEMPLATES}/message.html", context, status=status or (422 if typed else 200))


def _words(row: Incoming) -> dict[str, Any]:
    """Return the words, headers and names of files of a message: plain text, whatever it was."""
    if not row.raw:
        return {"text": "", "headers": [], "files": [], "source": ""}
    if not row.is_mail:
        text = held.text_of(row)
        return {"text": text, "language": language_of(text), "headers": [], "files": [], "source": ""}
    letter = held.letter_of(row)
    return {
        "text": letter.text,
        "language": language_of(letter.text),
        "headers": headers_shown(letter.headers),
        "files": letter.attachments,
        # Of what no parser gets through, people see the beginning as it is.
        "source": "" if letter.text else first_look(read_raw(row)).text[:SOURCE_SHOWN],
    }


def _say(request: HttpRequest, sentence: str, ticket: Ticket) -> None:
    messages.success(request, sentence % {"reference": isolate(ticket.reference)})
