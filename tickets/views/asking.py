"""Asking: the start page of support, the form, the look at what was written, and sending it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal import registry
from portal.files.services import FileRefused
from portal.web.middleware import takes_up_to
from portal.web.views.errors import too_many_requests
from tickets.choices import TicketKind
from tickets.forms.asking import AskForm
from tickets.forms.fields import MAX_FILE
from tickets.models import Draft
from tickets.selectors.links import token_of
from tickets.services.asking import MAX_FILES, Receipt
from tickets.services.drafts import about, confirmed_code, keep_draft, mail_confirmation, send_draft
from tickets.services.figures import note_request
from tickets.services.moves import TicketRefused
from tickets.views.limits import Leave, leave_to_send, too_many_forms
from tickets.views.sessions import draft_of, knows, remember

# Five files, and the words around them.
LARGEST_FORM = MAX_FILES * MAX_FILE + 2_000_000
LIKE_IT = 4


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what one can do here."""
    return render(request, "tickets/start.html", {"kinds": TicketKind})


@takes_up_to(LARGEST_FORM)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form; what is good goes on to be looked at before it is sent."""
    typed = request.POST if request.method == "POST" else request.GET
    draft = draft_of(request, typed.get("draft", ""))
    if request.method != "POST":
        chosen = {name: request.GET[name] for name in ("kind", "about") if request.GET.get(name)}
        return _form(request, AskForm(user=request.user, draft=draft, initial=chosen), draft)
    if too_many_forms(request):
        return too_many_requests(request)
    form = AskForm(request.POST, request.FILES, user=request.user, draft=draft)
    is_good = form.is_valid()
    try:
        draft = _kept(request, form, draft, is_good=is_good)
    except FileRefused as refused:
        form.add_error("files", refused.message)
    if not form.is_valid():
        # What stays is drawn anew, so that a file that was taken is seen among those kept.
        return _form(request, form, draft)
    return redirect("tickets:check", code=draft.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Show what was written beside help that may make it unnecessary; a POST sends it."""
    if not knows(request, code):
        raise Http404
    draft = draft_of(request, code)
    if request.method == "POST":
        return _send(request, code, draft)
    if draft is None or not draft.data:
        return _gone(request, code)
    return _look(request, draft)


@never_cache
@require_safe
def mailed(request: HttpRequest, code: str) -> HttpResponse:
    """Tell a guest to look into their mail; what was written waits."""
    draft = draft_of(request, code)
    if draft is None:
        raise Http404
    return render(request, "tickets/mailed.html", {"draft": draft})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """Open the link from the confirmation: reading it changes nothing, a press sends the request."""
    request.has_secret_address = True
    code = confirmed_code(signed)
    if code is None:
        return render(request, "tickets/gone.html", status=404)
    if request.method == "POST":
        try:
            return _receipt(request, send_draft(code, person=None))
        except TicketRefused:
            return render(request, "tickets/gone.html", status=404)
    draft = Draft.objects.filter(code=code).first()
    if draft is None:
        return render(request, "tickets/gone.html", status=404)
    response = render(request, "tickets/confirm.html", {"draft": draft})
    response["Referrer-Policy"] = "same-origin"
    return response


def _kept(request: HttpRequest, form: AskForm, draft: Draft | None, *, is_good: bool) -> Draft | None:
    """Keep what is good, and files that were taken even when something else has to be mended."""
    without = form.cleaned_data.get("remove", [])
    if form.cleaned_data.get("website") or not (is_good or form.accepted or without):
        return draft
    data = form.to_keep() if is_good else (draft.data if draft else {})
    draft = keep_draft(draft, data=data, files=form.accepted, without=without)
    remember(request, draft)
    return draft


def _form(request: HttpRequest, form: AskForm, draft: Draft | None) -> HttpResponse:
    kept = list(draft.files.all()) if draft else []
    context = {"form": form, "draft": draft, "kept_files": kept, "stamp": form.stamp_to_send()}
    return render(request, "tickets/ask.html", context, status=422 if form.is_bound else 200)


def _look(request: HttpRequest, draft: Draft, *, refused: str = "", status: int = 200) -> HttpResponse:
    data = draft.data
    found = about(data["about"])
    context = {
        "draft": draft,
        "kind": TicketKind(data["kind"]),
        "body": found[0] if found else None,
        "service": found[1] if found else None,
        "files": list(draft.files.all()),
        "like_it": registry.things_like(f"{data['subject']}\n{data['text']}", data["language"], LIKE_IT),
        "change_url": _change_url(draft.code),
        "refused": refused,
    }
    response = render(request, "tickets/check.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "3600"
    return response


def _send(request: HttpRequest, code: str, draft: Draft | None) -> HttpResponse:
    if draft is not None and draft.data:
        if request.user.is_anonymous and not draft.data.get("email"):
            messages.error(
                request, _("You are no longer signed in. Sign in again, or leave an address for the answer.")
            )
            return redirect(_change_url(code))
        leave = leave_to_send(request, draft.data.get("email", ""))
        if leave is Leave.NONE:
            words = _("Too many requests came from here within an hour. Yours is kept: please send it later.")
            return _look(request, draft, refused=words, status=429)
        if leave is Leave.CONFIRM:
            mail_confirmation(draft)
            return redirect("tickets:mailed", code=code)
    try:
        return _receipt(request, send_draft(code, person=request.user if request.user.is_authenticated else None))
    except TicketRefused as refused:
        if refused.reason == "gone":
            return _gone(request, code)
        messages.error(request, _("Something in your request has to be changed before it can be sent."))
        return redirect(_change_url(code))


def _receipt(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Lead to the request: by its secret link, or into the account of whoever is signed in."""
    ticket = receipt.ticket
    if receipt.is_new:
        note_request(request.session)
    if request.user.is_authenticated and ticket.person_id == request.user.pk:
        url = reverse("tickets:ticket", args=[ticket.code])
    else:
        url = reverse("tickets:by_link", args=[receipt.token or token_of(ticket)])
    page = redirect(f"{url}?said=received")
    page["Referrer-Policy"] = "no-referrer"
    return page


def _gone(request: HttpRequest, code: str) -> HttpResponse:
    """Say that a draft was sent already, or is too old; one that only holds files goes back to its form."""
    if Draft.objects.filter(code=code).exists():
        return redirect(_change_url(code))
    return render(request, "tickets/gone.html", status=404)


def _change_url(code: str) -> str:
    return f"{reverse('tickets:ask')}?draft={code}"
