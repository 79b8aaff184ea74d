"""The desk inside the admin: thin pages over the services."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.files.models import StoredFile
from portal.files.views import file_response
from portal.messaging.templatetags.mail import isolate
from portal.text import new_code
from tickets.choices import Channel, TicketKind, TicketState
from tickets.forms import desk as forms
from tickets.models import Ticket
from tickets.rules import may_reopen, read_reference
from tickets.selectors import desk as selectors
from tickets.selectors.files import TicketFile
from tickets.services import asking, desk
from tickets.services.moves import TicketRefused
from tickets.views.agents import for_agents
from tickets.views.agents import ticket_of as _ticket
from tickets.views.prepared import asks_to_insert, with_inserted

TEMPLATES = "admin/tickets/ticket"


@for_agents
@require_safe
def queue(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show one view of the desk; a reference typed into the search leads to its request."""
    wanted = read_reference(request.GET.get("q", ""))
    if wanted is not None:
        found = Ticket.objects.for_desk(request.user).filter(reference=wanted).first()
        if found is not None:
            return redirect("admin:tickets_ticket_desk", code=found.code)
    return render(request, f"{TEMPLATES}/queue.html", _shared(request, site))


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show one request; answer it, and go on with the next one."""
    found = _ticket(request, code)
    if request.method != "POST":
        return _page(request, site, found)
    if asks_to_insert(request):
        return _page(request, site, found, reply=with_inserted(request, found))
    form = forms.ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, site, found, reply=form)
    follows = selectors.next_in_queue(request.user, found, _view_of(request))
    data = form.cleaned_data
    try:
        used = request.POST.getlist("prepared")
        then = TicketState(data["then"])
        desk.reply(found, data["text"], by=request.user, then=then, once=data["once"], prepared=used)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return _page(request, site, found, reply=form, status=409)
    messages.success(request, gettext("Your reply to %(reference)s is sent.") % {"reference": isolate(found.reference)})
    if follows is None:
        return redirect(_address(request, "admin:tickets_ticket_queue"))
    return redirect(_address(request, "admin:tickets_ticket_desk", follows.code))


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
        return redirect(_address(request, "admin:tickets_ticket_desk", code))
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
@require_safe
def file(request: HttpRequest, code: str, stored: str, *, site: AdminSite) -> HttpResponse:
    """Hand out a file of a request, to be saved."""
    found = _ticket(request, code)
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


def why(refusal: TicketRefused) -> str:
    """Say in a sentence why an act was refused."""
    if isinstance(refusal, desk.TicketTaken):
        return gettext("%(name)s is answering this request until %(time)s. Nothing was changed.") % {
            "name": isolate(refusal.by.display_name),
            "time": formats.time_format(timezone.localtime(refusal.until)),
        }
    return {
        "forbidden": gettext("You do not answer for this body."),
        "over": gettext("The request has ended. Nothing was changed."),
        "state": gettext("The request cannot go from where it stands to there. Nothing was changed."),
        "assignee": gettext("Only who answers for this body can be given its requests."),
        "merge": gettext("Only requests of the same person to the same body, still open, can be joined."),
    }.get(refusal.reason, gettext("This could not be done. Nothing was changed."))


def _act(request: HttpRequest, code: str, act: Callable[[Ticket], Any]) -> HttpResponse:
    try:
        act(_ticket(request, code))
    except TicketRefused as refusal:
        messages.error(request, why(refusal))
    return redirect(_address(request, "admin:tickets_ticket_desk", code))


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
    found = _ticket(request, code)
    form = _side_form(form_class, found, request.POST)
    if not form.is_valid():
        return _page(request, site, found, **{name: form})
    try:
        act(found, form.cleaned_data)
    except TicketRefused as refusal:
        form.add_error(None, why(refusal))
        return _page(request, site, found, status=409, **{name: form})
    messages.success(request, gettext("Saved."))
    # Another body's request may be out of sight now.
    if leaves and not Ticket.objects.for_desk(request.user).filter(pk=found.pk).exists():
        return redirect(_address(request, "admin:tickets_ticket_queue"))
    return redirect(_address(request, "admin:tickets_ticket_desk", code))


SIDE_FORMS: dict[str, type[Form]] = {
    "note": forms.NoteForm,
    "assign": forms.AssignForm,
    "kind": forms.KindForm,
    "hand_over": forms.HandOverForm,
    "extend": forms.ExtendForm,
    "merge": forms.MergeForm,
}
_NEED_TICKET = (forms.AssignForm, forms.HandOverForm)


def _side_form(form_class: type[Form], found: Ticket, data: Any = None) -> Form:
    initial = {"person": found.assignee_id, "team": found.team_id, "kind": found.kind, "once": new_code(16)}
    extra = {"ticket": found} if form_class in _NEED_TICKET else {}
    return form_class(data, initial=initial, **extra)


def _page(request: HttpRequest, site: AdminSite, found: Ticket, *, status: int = 200, **typed: Form) -> HttpResponse:
    view = _view_of(request)
    side = {name: typed.get(name) or _side_form(form_class, found) for name, form_class in SIDE_FORMS.items()}
    context = {
        **_shared(request, site),
        "title": found.reference,
        "file": TicketFile(found, request.user),
        "reply": typed.get("reply") or forms.ReplyForm(initial={"then": TicketState.SOLVED, "once": new_code(16)}),
        "side": side,
        "opened": next((name for name, form in typed.items() if form.is_bound), ""),
        "can_be_reopened": may_reopen(found, timezone.now()),
        "follows": selectors.next_in_queue(request.user, found, view),
    }
    return render(request, f"{TEMPLATES}/ticket.html", context, status=status)


def _shared(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    view = _view_of(request)
    rows = selectors.queue(request.user, view).with_people()
    # The page is cut without counting: the tallies say how many there are.
    paginator = Paginator(rows[: selectors.COUNT_TO], selectors.PER_PAGE)
    return {
        **site.each_context(request),
        "title": gettext("Requests"),
        "rows": paginator.get_page(request.GET.get("page")),
        "view": view,
        "tallies": selectors.tallies(request.user),
        "query": f"?view={view}" if view != selectors.VIEWS[0] else "",
        "now": timezone.now(),
    }


def _view_of(request: HttpRequest) -> str:
    wanted = request.GET.get("view", "")
    return wanted if wanted in selectors.VIEWS else selectors.VIEWS[0]


def _address(request: HttpRequest, name: str, *args: str) -> str:
    view = _view_of(request)
    return reverse(name, args=args) + (f"?view={view}" if view != selectors.VIEWS[0] else "")
