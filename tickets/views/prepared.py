"""Prepared replies and links to help articles in the reply box of the desk."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tickets.forms.desk import ReplyForm
from tickets.models import PreparedReply, Ticket
from tickets.selectors.beside import link_for_reply
from tickets.selectors.prepared import filled
from tickets.views.agents import for_agents, ticket_of

PREPARED, ARTICLE = "prepared", "article-"


@for_agents
@require_safe
def text(request: HttpRequest, code: str, *, site: AdminSite) -> JsonResponse:
    """Give a prepared reply with the values of this request, for a page that puts it where the cursor stands."""
    found = ticket_of(request, code)
    prepared = get_object_or_404(PreparedReply.objects.offered_for(found), code=request.GET.get("choose", ""))
    words = filled(prepared, found, agent=request.user)
    if words is None:
        raise Http404
    return JsonResponse({"code": prepared.code, "text": words})


def asks_to_insert(request: HttpRequest) -> bool:
    """Tell whether the form was sent to put something into the reply, not to send it."""
    return bool(request.POST.get("insert"))


def with_inserted(request: HttpRequest, ticket: Ticket) -> ReplyForm:
    """Return the form as it was typed, with what was chosen behind it; a message says why nothing was put in."""
    words, used = _chosen(request, ticket)
    typed = request.POST.get("text", "").replace("\r\n", "\n").rstrip()
    initial = {
        "text": "\n\n".join(part for part in (typed, words) if part),
        "then": request.POST.get("then", ""),
        "once": request.POST.get("once", ""),
        "prepared": [*request.POST.getlist("prepared"), *used],
    }
    return ReplyForm(initial=initial)


def _chosen(request: HttpRequest, ticket: Ticket) -> tuple[str, list[str]]:
    wanted = request.POST["insert"]
    if wanted.startswith(ARTICLE):
        return _article(request, ticket, wanted.removeprefix(ARTICLE))
    prepared = PreparedReply.objects.offered_for(ticket).filter(code=request.POST.get("choose", "")).first()
    if prepared is None:
        messages.warning(request, gettext("Choose a prepared reply first."))
        return "", []
    words: Any = filled(prepared, ticket, agent=request.user)
    if words is None:
        messages.warning(request, gettext("This prepared reply is not written in the language of the request yet."))
        return "", []
    return words, [prepared.code]


def _article(request: HttpRequest, ticket: Ticket, code: str) -> tuple[str, list[str]]:
    link = link_for_reply(code, ticket.language)
    if link is None:
        messages.warning(request, gettext("This help article is not there any more in the language of the request."))
    return link or "", []
