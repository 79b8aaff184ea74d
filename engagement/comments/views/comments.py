"""A comment's own page, replying to it and editing it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from engagement.comments.forms import EditForm
from engagement.comments.models import Comment
from engagement.comments.rules import may_edit, may_read
from engagement.comments.selectors import one_comment
from engagement.comments.services import CommentRefused, edit_comment
from engagement.comments.views.places import anchors
from engagement.comments.views.posting import compose_url
from portal.registry import place_of


def found(request: HttpRequest, code: str) -> Comment:
    """Return a comment this person may see, or 404."""
    comments = Comment.objects.public().with_people().select_related("thread__organisation", "parent__author")
    comment = get_object_or_404(comments, code=code)
    if not may_read(request.user, comment.thread):
        raise Http404
    return comment


@require_safe
def comment(request: HttpRequest, code: str) -> HttpResponse:
    """Show one comment with all its replies; a reply is shown below what it answers."""
    chosen = found(request, code)
    top = chosen.parent or chosen
    if top is not chosen:
        top = found(request, top.code)
    place = place_of(chosen.thread)
    if place is None:
        raise Http404
    item = one_comment(top, reader=request.user)
    context = {"item": item, "chosen": chosen, "thread": chosen.thread, "place": place, "anchors": anchors([item])}
    return render(request, "comments/comment.html", context)


@require_safe
def reply(request: HttpRequest, code: str) -> HttpResponse:
    """Send on to the compose page: its own for people with an account, a draft for visitors."""
    answered = found(request, code)
    if not answered.is_shown or not answered.thread.is_open:
        messages.info(request, _("This comment cannot be answered any more."))
        return redirect("comments:comment", code=answered.code)
    return redirect(compose_url(answered.thread, answered))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@ratelimit(key="user", rate="10/m", method="POST", block=True)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Let the author change it for 15 minutes; a text refused for being late is given back."""
    edited = found(request, code)
    if edited.author_id != request.user.pk:
        raise Http404
    form = EditForm(request.POST or None, initial={"body": edited.body, "language": edited.language})
    if request.method == "POST" and form.is_valid():
        try:
            edit_comment(edited, by=request.user, **form.cleaned_data)
        except CommentRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("comments:comment", code=edited.code)
    if request.method != "POST" and not may_edit(request.user, edited):
        messages.info(request, _("A comment can be edited for 15 minutes after it was posted."))
        return redirect("comments:comment", code=edited.code)
    context = {"form": form, "edited": edited, "place": place_of(edited.thread), "thread": edited.thread}
    return render(request, "comments/edit.html", context, status=422 if form.is_bound else 200)
