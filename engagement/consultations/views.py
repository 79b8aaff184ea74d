"""The list, a consultation with its comments and vote, its articles and documents."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from engagement.comments.selectors import thread_page
from engagement.comments.views.places import anchors
from engagement.consultations.choices import PROMISES, PUBLIC_STATES, UN_LEVELS, Participation, State
from engagement.consultations.models import Consultation
from engagement.consultations.rules import may_edit
from engagement.consultations.selectors import (
    Filters,
    days_late,
    filter_choices,
    listed,
    order_words,
    section_url,
    state_counts,
    timeline,
    url_of,
    with_excerpts,
)
from engagement.polls.selectors import poll_view
from portal.calendars.selectors import sentences
from portal.files.views import file_response

_PARTS = ("thread", "organisation", "response_deadline", "poll")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List what the reader may see, with filters in the address and true totals."""
    filters = Filters(**{name: request.GET.get(name, "")[:100] for name in ("state", "topic", "body", "q")})
    topics, bodies = filter_choices()
    counts = state_counts(request.user, filters)
    page = Paginator(listed(request.user, filters), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filters": filters,
        "topics": topics,
        "bodies": bodies,
        "counts": counts,
        "states": _state_chips(counts, filters.state),
        "order": order_words(filters),
    }
    return render(request, "consultations/list.html", context)


@require_safe
def detail(request: HttpRequest, code: str, slug: str = "") -> HttpResponse:
    """Show one consultation with its vote, its draft, and the first comments of its general thread."""
    consultation = _found(request, code)
    if slug != consultation.slug:
        return redirect(url_of(consultation), permanent=False)
    page = _thread_page(request, consultation.thread)
    if request.htmx:
        return render(request, "comments/_fragment.html", {"page": page})
    poll = consultation.poll
    context = _common(request, consultation) | {
        "page": page,
        "anchors": anchors(page.comments) | {"poll"},
        "poll": poll_view(poll, reader=request.user) if poll else None,
        "sections": with_excerpts(consultation.sections.select_related("thread")),
        "documents": _documents(consultation),
        "steps": timeline(consultation),
        "version": consultation.text_versions.order_by("number").last(),
        "days_late": days_late(consultation) if consultation.is_overdue else 0,
        "response_lines": _response_lines(consultation),
    }
    return render(request, "consultations/detail.html", context)


@require_safe
def section(request: HttpRequest, code: str, slug: str, number: int) -> HttpResponse:
    """Show one article of the draft with its own comments."""
    consultation = _found(request, code)
    sections = {item.number: item for item in consultation.sections.select_related("thread", "consultation")}
    if number not in sections:
        raise Http404
    shown = sections[number]
    if slug != consultation.slug:
        return redirect(section_url(shown), permanent=False)
    shown.thread.organisation = consultation.organisation
    page = _thread_page(request, shown.thread)
    if request.htmx:
        return render(request, "comments/_fragment.html", {"page": page})
    numbers = sorted(sections)
    position = numbers.index(number)
    context = _common(request, consultation) | {
        "section": shown,
        "page": page,
        "anchors": anchors(page.comments),
        "previous": sections[numbers[position - 1]] if position else None,
        "next": sections[numbers[position + 1]] if position + 1 < len(numbers) else None,
    }
    return render(request, "consultations/section.html", context)


@require_safe
def document(request: HttpRequest, code: str, slug: str, document_code: str) -> HttpResponse:
    """Show a document as a page."""
    consultation = _found(request, code)
    shown = get_object_or_404(consultation.documents.select_related("file"), code=document_code)
    return render(request, "consultations/document.html", _common(request, consultation) | {"document": shown})


@require_safe
def document_file(request: HttpRequest, code: str, document_code: str) -> HttpResponse:
    """Send a document's file to those who may see its consultation."""
    consultation = _found(request, code)
    shown = get_object_or_404(consultation.documents.select_related("file"), code=document_code, file__isnull=False)
    return file_response(shown.file)


def _state_chips(counts: dict[str, int], chosen: str) -> list[tuple[State, Any, int]]:
    """Return the states to choose from: those that lead to something, and the one chosen even when it is empty."""
    offered = [state for state in State if state == chosen or (state in PUBLIC_STATES and counts[state])]
    return [(state, state.label, counts[state]) for state in offered]


def _found(request: HttpRequest, code: str) -> Consultation:
    return get_object_or_404(Consultation.objects.visible_to(request.user).select_related(*_PARTS), code=code)


def _thread_page(request: HttpRequest, thread: Any) -> Any:
    return thread_page(
        thread, reader=request.user, sort=request.GET.get("sort", ""), after=request.GET.get("after", "")
    )


def _common(request: HttpRequest, consultation: Consultation) -> dict[str, Any]:
    level = Participation(consultation.level)
    return {
        "consultation": consultation,
        "url": url_of(consultation),
        "promise": PROMISES[level],
        "un_level": UN_LEVELS[level],
        "may_edit": may_edit(request.user, consultation),
        "page_updated": consultation.updated_at,
    }


def _documents(consultation: Consultation) -> list[dict[str, Any]]:
    return [
        {"document": item, "stored": item.file, "size": item.file.size if item.file else None}
        for item in consultation.documents.select_related("file")
    ]


def _response_lines(consultation: Consultation) -> list[str]:
    """Say how the response's date came about where it was moved for a reason; otherwise the date says it all."""
    deadline = consultation.response_deadline
    return sentences(deadline) if deadline and deadline.receipt.get("has_reasons") else []
