"""Drafting a help article from an answered request."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tickets.forms.sourced import LONGEST_TEXT, SourcedArticleForm
from tickets.models import Article, ArticleSource, Ticket
from tickets.rules import may_edit_article
from tickets.rules.personal import may_draft_from, passages
from tickets.services.moves import TicketRefused
from tickets.services.sourced import draft_article, draft_text
from tickets.views.agents import for_agents, ticket_of


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Show question and answer with what may be personal marked; make a draft of what is left."""
    found = ticket_of(request, code)
    earlier = ArticleSource.objects.select_related("article__organisation").filter(ticket=found).first()
    if earlier is not None:
        return _leads_on(
            request, found, earlier.article, gettext("A help article was drafted from this request before.")
        )
    if not may_draft_from(request.user, found):
        raise PermissionDenied
    initial = {"title": found.subject[:120], "text": draft_text(found)}
    form = SourcedArticleForm(request.POST or None, ticket=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "confirmed"}
        try:
            made = draft_article(found, by=request.user, **data)
        except TicketRefused:
            form.add_error(None, gettext("This could not be done. Nothing was changed."))
        else:
            return _leads_on(request, found, made, gettext("The draft is saved. An editor of your body publishes it."))
    return _page(request, site, found, form)


def _page(request: HttpRequest, site: AdminSite, found: Ticket, form: SourcedArticleForm) -> HttpResponse:
    typed = [str(form[name].value() or "").replace("\r\n", "\n") for name in ("title", "summary", "text")]
    text = "\n\n".join(part for part in typed if part)
    parts = passages(text[: 2 * LONGEST_TEXT], found)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": gettext("Draft a help article"),
        "ticket": found,
        "form": form,
        "passages": parts,
        "marks": list(dict.fromkeys((part.mark, part.text) for part in parts if part.mark)),
    }
    return render(request, "admin/tickets/drafting/page.html", context, status=200)


def _leads_on(request: HttpRequest, found: Ticket, made: Article, said: str) -> HttpResponse:
    """Lead those who go on writing to the article, and the others back to the request."""
    messages.success(request, said)
    if may_edit_article(request.user, made):
        return redirect("admin:tickets_article_change", made.pk)
    return redirect("admin:tickets_ticket_desk", code=found.code)
