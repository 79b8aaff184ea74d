"""Posting a comment or a reply, signed in or by way of the sign-in page."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from engagement.comments.forms import CommentForm
from engagement.comments.models import Comment, Thread
from engagement.comments.rules import may_read, may_reply_officially
from engagement.comments.services import CommentRefused, post_comment
from engagement.comments.views import drafts
from portal.registry import Place, place_of
from portal.web.views.origins import own_pages_only


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="10/m", method="POST", block=True)
def post(request: HttpRequest, thread_code: str) -> HttpResponse:
    """Show the compose page with what was kept before signing in, and post."""
    thread, place = thread_and_place(request, thread_code)
    reply_to = _reply_to(request, thread)
    if not request.user.is_authenticated:
        return draft_then_sign_in(request, thread, place, reply_to)
    return compose(request, thread, place, reply_to)


@csrf_exempt
@require_POST
@own_pages_only
@ratelimit(key="ip", rate="30/m", method="POST", block=True)
def draft(request: HttpRequest, thread_code: str) -> HttpResponse:
    """Keep a visitor's text in the session and ask them to sign in.

    Exempt from the token because pages of visitors are cached and hold none; all it does is fill the sender's own
    session, from our own pages alone, and posting what it holds needs a further, protected step.
    """
    thread, place = thread_and_place(request, thread_code)
    reply_to = _reply_to(request, thread)
    if request.user.is_authenticated:
        drafts.keep(request, drafts.place_name(thread.code, _code(reply_to)), request.POST.get("body", "")[:20_000])
        return redirect(compose_url(thread, reply_to))
    return draft_then_sign_in(request, thread, place, reply_to)


def draft_then_sign_in(request: HttpRequest, thread: Thread, place: Place, reply_to: Comment | None) -> HttpResponse:
    """Check the text first, so that nobody signs in only to be told it was empty; then keep it."""
    if request.method == "POST":
        form = CommentForm(request.POST, is_reply=reply_to is not None)
        if not form.is_valid():
            return page(request, form, thread, place, reply_to)
        drafts.keep(request, drafts.place_name(thread.code, _code(reply_to)), form.cleaned_data["body"])
        messages.info(request, _("Your text is kept. Sign in, and post it from there."))
    return redirect(f"{reverse('account_login')}?{urlencode({'next': compose_url(thread, reply_to)})}")


def compose(request: HttpRequest, thread: Thread, place: Place, reply_to: Comment | None) -> HttpResponse:
    """Let a signed-in person post; on any refusal the text is given back."""
    kept_as = drafts.place_name(thread.code, _code(reply_to))
    kind = {"may_be_official": may_reply_officially(request.user, thread), "is_reply": reply_to is not None}
    if request.method != "POST":
        form = CommentForm(initial={"body": drafts.kept(request, kept_as)}, **kind)
        return page(request, form, thread, place, reply_to)
    form = CommentForm(request.POST, **kind)
    if form.is_valid():
        try:
            posted = post_comment(
                thread,
                author=request.user,
                body=form.cleaned_data["body"],
                language=get_language(),
                reply_to=reply_to,
                official_for=thread.organisation if form.cleaned_data.get("official") else None,
            )
        except CommentRefused as refused:
            form.refuse(refused)
        else:
            drafts.forget(request, kept_as)
            anchor = f"c-{(posted.parent or posted).code}"
            messages.success(request, _posted_words(reply_to), extra_tags=anchor)
            return redirect(f"{place.url}?{urlencode({'sort': 'newest'})}#{anchor}")
    return page(request, form, thread, place, reply_to)


def page(
    request: HttpRequest, form: CommentForm, thread: Thread, place: Place, reply_to: Comment | None
) -> HttpResponse:
    """Draw the compose page; 422 when what was sent was refused."""
    context = {
        "form": form,
        "thread": thread,
        "place": place,
        "reply_to": reply_to,
        "action": compose_url(thread, reply_to) if request.user.is_authenticated else draft_url(thread, reply_to),
    }
    return render(request, "comments/compose.html", context, status=422 if form.is_bound else 200)


def thread_and_place(request: HttpRequest, thread_code: str) -> tuple[Thread, Place]:
    """Return a thread this person may read and where it stands, or 404."""
    thread = get_object_or_404(Thread.objects.select_related("organisation"), code=thread_code)
    place = place_of(thread)
    if place is None or not may_read(request.user, thread):
        raise Http404
    return thread, place


def compose_url(thread: Thread, reply_to: Comment | None) -> str:
    """Return the address of the compose page."""
    return _with_reply(reverse("comments:post", args=[thread.code]), reply_to)


def draft_url(thread: Thread, reply_to: Comment | None) -> str:
    """Return the address that keeps a visitor's text."""
    return _with_reply(reverse("comments:draft", args=[thread.code]), reply_to)


def _posted_words(reply_to: Comment | None) -> str:
    if reply_to is not None:
        return _("Your reply is published. You can edit it for 15 minutes.")
    return _("Your comment is published. You can edit it for 15 minutes.")


def _with_reply(url: str, reply_to: Comment | None) -> str:
    return f"{url}?{urlencode({'reply': reply_to.code})}" if reply_to else url


def _reply_to(request: HttpRequest, thread: Thread) -> Comment | None:
    code = request.GET.get("reply", "")
    if not code:
        return None
    # A parent from another thread is not found here, so nothing can be tied to it.
    return get_object_or_404(thread.comments.public().with_people(), code=code)


def _code(comment: Comment | None) -> str:
    return comment.code if comment else ""
