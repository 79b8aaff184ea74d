"""What agents do with a request beside answering it: one small form each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tickets.choices import Channel, TicketKind, TicketState
from tickets.forms import desk as forms
from tickets.models import Ticket
from tickets.services import desk, relations, reply_drafts
from tickets.services.moves import TicketRefused
from tickets.services.queueing import take_next
from tickets.views.agents import for_agents, ticket_of
from tickets.views.desk_page import TEMPLATES, address, side_form, ticket_page, why


@for_agents
@require_POST
def take(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Take the request, or hold it for longer."""
    return _act(request, code, lambda found: desk.claim(found, by=request.user))


@for_agents
@require_POST
def release(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Give the request back."""
    return _act(request, code, lambda found: desk.release(found, by=request.user))


@for_agents
@require_POST
def state(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Move the request where no reply is needed."""
    form = forms.StateForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("This could not be done. Nothing was changed."))
        return redirect(address(request, "admin:tickets_ticket_desk", code))
    to = TicketState(form.cleaned_data["state"])
    return _act(request, code, lambda found: desk.set_state(found, to, by=request.user))


@for_agents
@require_POST
def note(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Write a note among staff, or down what the person said elsewhere."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        if data["heard_by"]:
            desk.log(found, data["note"], by=request.user, channel=Channel(data["heard_by"]), once=data["once"])
        else:
            desk.note(found, data["note"], by=request.user, once=data["once"])

    return _fill(request, site, code, "note", forms.NoteForm, act)


@for_agents
@require_POST
def assign(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Give the request to a colleague or a team."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        desk.assign(found, to=data["person"], team=data["team"], by=request.user)

    return _fill(request, site, code, "assign", forms.AssignForm, act)


@for_agents
@require_POST
def kind(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Say what the request really is."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        desk.change_kind(found, TicketKind(data["kind"]), by=request.user)

    return _fill(request, site, code, "kind", forms.KindForm, act)


@for_agents
@require_POST
def hand_over(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Give the request to another body."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        desk.hand_over(found, data["organisation"], by=request.user, reason=data["reason"])

    return _fill(request, site, code, "hand_over", forms.HandOverForm, act, leaves=True)


@for_agents
@require_POST
def extend(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Promise a later moment, and say why."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        desk.extend(found, days=data["days"], reason=data["reason"], by=request.user)

    return _fill(request, site, code, "extend", forms.ExtendForm, act)


@for_agents
@require_POST
def merge(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Join the request with another of the same person."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        into = Ticket.objects.for_desk(request.user).filter(reference=data["reference"]).first()
        if into is None:
            raise TicketRefused("merge")
        desk.merge(found, into, by=request.user)

    return _fill(request, site, code, "merge", forms.MergeForm, act)


@for_agents
@require_POST
def link(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Note that another request has to do with this one."""

    def act(found: Ticket, data: dict[str, Any]) -> None:
        other = Ticket.objects.for_desk(request.user).filter(reference=data["reference"]).first()
        if other is None:
            raise TicketRefused("link")
        relations.link(found, other, by=request.user)

    return _fill(request, site, code, "link", forms.LinkForm, act)


@for_agents
@require_POST
def unlink(request: HttpRequest, code: str, other: str, *, site: AdminSite) -> HttpResponse:
    """Note that it has not."""
    linked = ticket_of(request, other)
    return _act(request, code, lambda found: relations.unlink(found, linked, by=request.user))


@for_agents
@require_POST
def next_in_line(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Give the agent the most urgent request that nobody has."""
    found = take_next(by=request.user)
    if found is None:
        messages.info(request, gettext("No request waits for somebody to take it."))
        return redirect("admin:tickets_ticket_queue")
    return redirect("admin:tickets_ticket_desk", code=found.code)


@for_agents
@require_POST
def draft(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Keep the reply that is being written, hold the request meanwhile, and say who holds it now."""
    text, once = (request.POST.get(name, "") for name in ("text", "once"))
    found = reply_drafts.keep_reply(ticket_of(request, code), text, by=request.user, once=once)
    return render(request, f"{TEMPLATES}/_claim.html", {"ticket": found})


def _act(request: HttpRequest, code: str, act: Callable[[Ticket], Any]) -> HttpResponse:
    try:
        act(ticket_of(request, code))
    except TicketRefused as refusal:
        messages.error(request, why(refusal))
    return redirect(address(request, "admin:tickets_ticket_desk", code))


def _fill(
    request: HttpRequest,
    site: AdminSite,
    code: str,
    name: str,
    form_class: type[Form],
    act: Callable[[Ticket, dict[str, Any]], None],
    *,
    leaves: bool = False,
) -> HttpResponse:
    """Check one of the side forms and act; what was typed stays on the page when something is wrong."""
    found = ticket_of(request, code)
    form = side_form(form_class, found, request.POST)
    if not form.is_valid():
        return ticket_page(request, site, found, **{name: form})
    try:
        act(found, form.cleaned_data)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return ticket_page(request, site, found, status=409, **{name: form})
    messages.success(request, gettext("Saved."))
    # Another body's request may be out of sight now.
    if leaves and not Ticket.objects.for_desk(request.user).filter(pk=found.pk).exists():
        return redirect(address(request, "admin:tickets_ticket_queue"))
    return redirect(address(request, "admin:tickets_ticket_desk", code))
