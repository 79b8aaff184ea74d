"""The desk inside the admin: the queue, one request, and writing down what came by another way."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.files.models import StoredFile
from portal.files.services import FileRefused
from portal.files.views import file_response
from portal.messaging.templatetags.mail import isolate
from portal.text import new_code
from tickets.choices import Channel, TicketKind, TicketState
from tickets.forms import desk as forms
from tickets.models import Ticket
from tickets.rules import read_reference
from tickets.selectors import desk as selectors
from tickets.services import asking
from tickets.services.moves import TicketRefused
from tickets.services.writing import write_reply
from tickets.views.agents import for_agents, ticket_of
from tickets.views.desk_page import TEMPLATES, address, shared, ticket_page, view_of, why
from tickets.views.prepared import asks_to_insert, with_inserted


@for_agents
@require_safe
def queue(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show one view of the desk; a reference typed into the search leads to its request."""
    wanted = read_reference(request.GET.get("q", ""))
    if wanted is not None:
        found = Ticket.objects.for_desk(request.user).filter(reference=wanted).first()
        if found is not None:
            return redirect("admin:tickets_ticket_desk", code=found.code)
    return render(request, f"{TEMPLATES}/queue.html", shared(request, site))


@for_agents
@require_safe
def tallies(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Give the views of the desk with their counts anew, for a page that stays open."""
    context = {"view": view_of(request), "tallies": selectors.tallies(request.user)}
    return render(request, f"{TEMPLATES}/_views.html", context)


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show one request; answer it, and go on with the next one."""
    found = ticket_of(request, code)
    if request.method != "POST":
        return ticket_page(request, site, found)
    if asks_to_insert(request):
        return ticket_page(request, site, found, reply=with_inserted(request, found))
    form = forms.ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return ticket_page(request, site, found, reply=form)
    follows = selectors.next_in_queue(request.user, found, view_of(request))
    try:
        _reply(request, found, form)
    except FileRefused as refused:
        form.add_error("files", refused.message)
        return ticket_page(request, site, found, status=503, reply=form)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return ticket_page(request, site, found, status=409, reply=form)
    messages.success(request, gettext("Your reply to %(reference)s is sent.") % {"reference": isolate(found.reference)})
    if form.cleaned_data["go"] == "stay":
        return redirect(address(request, "admin:tickets_ticket_desk", code))
    if follows is None:
        return redirect(address(request, "admin:tickets_ticket_queue"))
    return redirect(address(request, "admin:tickets_ticket_desk", follows.code))


def _reply(request: HttpRequest, found: Ticket, form: forms.ReplyForm) -> None:
    data = form.cleaned_data
    write_reply(
        found,
        data["text"],
        by=request.user,
        then=TicketState(data["then"]),
        files=form.accepted,
        once=data["once"],
        prepared=request.POST.getlist("prepared"),
    )


@for_agents
@require_safe
def file(request: HttpRequest, code: str, stored: str, *, site: AdminSite) -> HttpResponse:
    """Hand out a file of a request, to be saved."""
    found = ticket_of(request, code)
    kept = StoredFile.objects.filter(pk__in=found.entries.values("files"))
    return file_response(get_object_or_404(kept, code=stored))


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Write down a request that came by phone, at a counter or by a message."""
    bodies = bodies_for(request.user, Role.AGENT)
    form = forms.LogForm(request.POST or None, bodies=bodies, initial={"once": new_code(16)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = asking.Asked(
            kind=TicketKind(data["kind"]),
            subject=data["subject"],
            text=data["text"],
            language=data["language"],
            organisation=data["organisation"],
            channel=Channel(data["channel"]),
            reply_by=Channel.EMAIL if data["email"] else Channel.PHONE,
            once=data["once"],
        )
        sender = asking.Sender(email=data["email"], name=data["name"], phone=data["phone"])
        try:
            receipt = asking.open_ticket(asked, sender, by=request.user)
        except TicketRefused as refusal:
            form.add_error(None, why(refusal))
        else:
            return redirect("admin:tickets_ticket_desk", code=receipt.ticket.code)
    context = {**site.each_context(request), "title": gettext("Write down a request"), "form": form}
    return render(request, f"{TEMPLATES}/log.html", context)
