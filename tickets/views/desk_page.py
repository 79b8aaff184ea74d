"""What every page of the desk shows: the views with their counts, the rows, and one request with its forms."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext, pgettext

from portal.messaging.templatetags.mail import isolate
from portal.text import new_code
from tickets.choices import TicketState
from tickets.forms import desk as forms
from tickets.models import Ticket
from tickets.rules import may_reopen
from tickets.selectors import desk as selectors
from tickets.selectors.files import TicketFile, reply_draft
from tickets.services import desk
from tickets.services.moves import TicketRefused

TEMPLATES = "admin/tickets/ticket"


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
        "link": gettext("No other request of your bodies has this reference."),
        "files": gettext("At most 5 files can be sent together."),
        "merge": gettext("Only requests of the same person to the same body, still open, can be joined."),
        "promise": gettext("This request was promised an earlier answer. Join the other one with it instead."),
    }.get(refusal.reason, gettext("This could not be done. Nothing was changed."))


SIDE_FORMS: dict[str, type[Form]] = {
    "note": forms.NoteForm,
    "assign": forms.AssignForm,
    "kind": forms.KindForm,
    "hand_over": forms.HandOverForm,
    "extend": forms.ExtendForm,
    "merge": forms.MergeForm,
    "link": forms.LinkForm,
}
_NEED_TICKET = (forms.AssignForm, forms.HandOverForm)


def side_form(form_class: type[Form], found: Ticket, data: Any = None) -> Form:
    """Return one of the small forms beside a request, as it stands or filled in."""
    initial = {"person": found.assignee_id, "team": found.team_id, "kind": found.kind, "once": new_code(16)}
    extra = {"ticket": found} if form_class in _NEED_TICKET else {}
    # Two of them ask for a reference: each control has an id of its own.
    return form_class(data, initial=initial, auto_id=f"id_{form_class.__name__.lower()}_%s", **extra)


def ticket_page(
    request: HttpRequest, site: AdminSite, found: Ticket, *, status: int = 200, **typed: Form
) -> HttpResponse:
    view = view_of(request)
    side = {name: typed.get(name) or side_form(form_class, found) for name, form_class in SIDE_FORMS.items()}
    reply = typed.get("reply") or _reply_form(found, request.user)
    context = {
        **shared(request, site),
        "title": found.reference,
        "file": TicketFile(found, request.user),
        "reply": reply,
        "has_draft": "reply" not in typed and bool(reply.initial["text"]),
        "files_lost": bool(request.FILES),
        "side": side,
        "opened": next((name for name, form in typed.items() if form.is_bound), ""),
        "can_be_reopened": may_reopen(found, timezone.now()),
        "follows": selectors.next_in_queue(request.user, found, view),
    }
    return render(request, f"{TEMPLATES}/ticket.html", context, status=status)


def _reply_form(found: Ticket, agent: Any) -> forms.ReplyForm:
    draft = reply_draft(found, agent)
    text = draft.text if draft else ""
    return forms.ReplyForm(initial={"text": text, "then": TicketState.SOLVED, "once": new_code(16)})


def shared(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """Return what the queue and the page of a request have in common."""
    view = view_of(request)
    rows = selectors.queue(request.user, view).for_queue()
    paginator = Paginator(rows[: selectors.COUNT_TO], selectors.PER_PAGE)
    tallies = selectors.tallies(request.user)
    if view in tallies:
        # Counted already.
        paginator.count = tallies[view].shown
    return {
        **site.each_context(request),
        "title": pgettext("staff", "Requests"),
        "rows": paginator.get_page(request.GET.get("page")),
        "view": view,
        "tallies": tallies,
        "query": f"?view={view}" if view != selectors.VIEWS[0] else "",
        "now": timezone.now(),
    }


def view_of(request: HttpRequest) -> str:
    """Return the view of the desk that the address names; the first for anything else."""
    wanted = request.GET.get("view", "")
    return wanted if wanted in selectors.VIEWS else selectors.VIEWS[0]


def address(request: HttpRequest, name: str, *args: str) -> str:
    """Return the address of a page in the same view."""
    view = view_of(request)
    return reverse(name, args=args) + (f"?view={view}" if view != selectors.VIEWS[0] else "")
