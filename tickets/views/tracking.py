"""A request as its sender sees it, and what the sender does with it; the list of one's own, and finding a lost link."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.celery import enqueue
from portal.files.services import FileRefused
from tickets.choices import ENDED_STATES, Mover, TicketState
from tickets.forms.asking import FindForm, MessageForm
from tickets.forms.rating import RatingForm
from tickets.models import Ticket
from tickets.rules import REOPEN_WITHIN, may_move, may_write
from tickets.selectors import tracking
from tickets.services.asking import close_by_sender
from tickets.services.lookup import renew_link
from tickets.services.moves import TicketRefused
from tickets.services.rating import rate as rate_ticket
from tickets.services.writing import write_message
from tickets.views.access import Access, quiet
from tickets.views.limits import too_many_lookups, too_many_messages, too_many_new_links

FILTERS = ("open", "ended")


def page(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the request; a POST adds a message. Reading it changes nothing."""
    if request.method != "POST":
        return _show(request, access, MessageForm())
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, access, form, status=422)
    if too_many_messages(request):
        form.add_error(None, _("Too many messages came from here within an hour. Please send yours later."))
        return _show(request, access, form, status=429)
    return _write(request, access, form)


def _write(request: HttpRequest, access: Access, form: MessageForm) -> HttpResponse:
    data = form.cleaned_data
    ended = access.ticket.state in ENDED_STATES
    try:
        write_message(
            access.ticket,
            data["text"],
            person=access.person,
            language=get_language() or "",
            files=form.accepted,
            once=data["once"],
        )
    except FileRefused as refused:
        form.add_error("files", refused.message)
        return _show(request, access, form, status=503)
    except TicketRefused:
        form.add_error(
            None, _("This request ended more than 30 days ago. Please ask a new one: your text is kept here.")
        )
        return _show(request, access, form, status=422)
    return redirect(f"{access.url()}?said={'reopened' if ended else 'written'}#conversation")


def close(request: HttpRequest, access: Access) -> HttpResponse:
    """Ask whether the request shall be closed, and close it."""
    if not may_move(access.ticket, TicketState.CLOSED, Mover.PERSON):
        return redirect(access.url())
    if request.method == "POST":
        try:
            close_by_sender(access.ticket, person=access.person)
        except TicketRefused:
            return redirect(access.url())
        return redirect(f"{access.url()}?said=closed")
    return _ask_first(
        request,
        access,
        url=access.url("close"),
        title=_("Close this request?"),
        text=_("Nobody works on it any more then. You can take it up again within 30 days by writing in it."),
        submit=_("Close the request"),
    )


def new_link(request: HttpRequest, access: Access) -> HttpResponse:
    """Ask whether a new link shall be made, and make it: earlier ones open nothing then."""
    _for_sender_alone(access)
    if request.method == "POST":
        if too_many_new_links(request, access.ticket):
            return redirect(f"{access.url()}?said=later")
        token = renew_link(access.ticket, by=access.person)
        changed = Access(access.ticket, access.person, token if access.by_link else access.key)
        return redirect(f"{changed.url()}?said=new-link")
    return _ask_first(
        request,
        access,
        url=access.url("new_link"),
        title=_("Make a new link?"),
        text=_(
            "The link you have now opens nothing any more then, whoever holds it. We send you the new one by e-mail."
        ),
        submit=_("Make a new link"),
    )


def rate(request: HttpRequest, access: Access) -> HttpResponse:
    """Take what the sender thinks of how it went."""
    _for_sender_alone(access)
    if too_many_messages(request):
        return redirect(f"{access.url()}?said=later")
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _show(request, access, MessageForm(), rating=form, status=422)
    try:
        rate_ticket(access.ticket, int(form.cleaned_data["score"]), text=form.cleaned_data["words"])
    except TicketRefused:
        return redirect(access.url())
    return redirect(f"{access.url()}?said=rated#rating")


def _for_sender_alone(access: Access) -> None:
    """Let a colleague of the same organisation read and write, and nothing that is done in the sender's name."""
    if not access.is_sender:
        raise Http404


def _ask_first(request: HttpRequest, access: Access, **words: str) -> HttpResponse:
    return render(request, "tickets/confirm_act.html", {"ticket": access.ticket, "back_url": access.url(), **words})


def _show(
    request: HttpRequest, access: Access, form: MessageForm, *, rating: RatingForm | None = None, status: int = 200
) -> HttpResponse:
    ticket = access.ticket
    due = tracking.expected(ticket)
    context: dict[str, Any] = {
        "access": access,
        "ticket": ticket,
        "in_words": tracking.IN_WORDS[TicketState(ticket.state)],
        "expected": due,
        "steps": tracking.timeline(ticket, due),
        "conversation": tracking.conversation(ticket, reader=access.person),
        "form": form,
        "may_write": may_write(ticket, timezone.now()),
        "has_ended": ticket.state in ENDED_STATES,
        "reopens_until": tracking.reopens_until(ticket, REOPEN_WITHIN),
        "may_close": may_move(ticket, TicketState.CLOSED, Mover.PERSON),
        "files_lost": bool(request.FILES),
        "said": request.GET.get("said", "") if request.method != "POST" else "",
        "page_url": access.url(),
        "full_url": request.build_absolute_uri(access.url()),
        "rating": rating or _rating_form(ticket, access),
        "rate_url": access.url("rate"),
        "close_url": access.url("close"),
        "new_link_url": access.url("new_link"),
        "erase_url": access.url("erase") if access.by_link and ticket.contact_id else "",
    }
    return render(request, "tickets/ticket.html", context, status=status)


def _rating_form(ticket: Ticket, access: Access) -> RatingForm | None:
    """Return the form in which the sender says how it went, with what they said; None while there is nothing to say."""
    if not access.is_sender or ticket.state not in (TicketState.SOLVED, TicketState.CLOSED):
        return None
    said = ticket.ratings.filter(ended_at=ticket.solved_at or ticket.closed_at).first()
    return RatingForm(initial={"score": said.score, "words": said.text} if said else {})


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List the requests of whoever is signed in, and of the organisation they are the contact of."""
    state = request.GET.get("state", "")
    state = state if state in FILTERS else ""
    counts = tracking.counts(request.user)
    shown = tracking.own_page(request.user, state=state, after=request.GET.get("after", ""))
    choices = [
        {"value": "", "label": _("All"), "count": counts["all"]},
        {"value": "open", "label": pgettext("requests", "Open"), "count": counts["open"]},
        {"value": "ended", "label": pgettext("requests", "Ended"), "count": counts["ended"]},
    ]
    context = {"shown": shown, "state": state, "choices": choices, "total": counts[state or "all"]}
    return render(request, "tickets/mine.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Send the link again to who names reference and address; whether they fit is told by the mail alone."""
    if request.method != "POST":
        return render(request, "tickets/find.html", {"form": FindForm()})
    form = FindForm(request.POST)
    if not form.is_valid():
        return render(request, "tickets/find.html", {"form": form}, status=422)
    if too_many_lookups(request):
        form.add_error(None, _("Too many attempts came from here within an hour. Please try again later."))
        response = render(request, "tickets/find.html", {"form": form}, status=429)
        response["Retry-After"] = "3600"
        return response
    # The worker looks, so that the answer takes the same time whatever is found.
    enqueue("tickets.mail_link", form.cleaned_data["reference"], form.cleaned_data["email"])
    return quiet(render(request, "tickets/found.html"))
