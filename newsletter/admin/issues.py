"""Issues in the admin: written, checked, looked at, approved by a second person, and told of."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from modeltranslation.admin import TranslationAdmin

from newsletter.choices import WRITING_STATES, BlockKind, IssueState
from newsletter.forms.writing import IssueForm, ReturnForm
from newsletter.models import Block, Issue
from newsletter.selectors.editor import acts_for, audience_of, checked, parts_shown
from newsletter.services import issues as services
from newsletter.services import parts, testing
from newsletter.services.issues import IssueRefused
from newsletter.views import preview
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import BodyAdmin
from portal.accounts.staff.texts import revision_of
from portal.audit.models import Entry
from portal.web.templatetags.marks import number

# Why something was not done, in a sentence; where an act means its own by a reason, that comes first.
REFUSED = {
    ("recall", "late"): gettext_lazy("It has begun to go out, so it cannot be taken back. It can still be cancelled."),
    ("approve", "late"): gettext_lazy("Its last moment has passed: nothing goes out this week any more."),
    ("cancel", "late"): gettext_lazy("All of it has gone out already."),
    ("", "state"): gettext_lazy("Not done: the issue is in another state by now. Look at it again."),
    ("", "forbidden"): gettext_lazy("Your role does not allow this."),
    ("", "second_person"): gettext_lazy("Who submitted the issue cannot approve it: a second person must."),
    ("", "incomplete"): gettext_lazy("Something on the check list must be mended first."),
    ("", "reason"): gettext_lazy("Say why, so that the person who wrote it knows what to mend."),
    ("", "limit"): gettext_lazy("You have sent ten tests within the hour. Please wait a little."),
}


def refused(act: str, reason: str) -> str:
    """Return why an act was refused."""
    return str(REFUSED.get((act, reason)) or REFUSED["", reason])


@admin.register(Issue)
class IssueAdmin(BodyAdmin, TranslationAdmin):
    """Issues are made by the clock; editors write them, and somebody else approves."""

    form = IssueForm
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    list_display = ["week_label", "subject", "state_label", "start_at", "recipients", "who"]
    list_display_links = ["week_label", "subject"]
    list_filter = ["state"]
    list_select_related = ["organisation", "mailing", "written_by", "approved_by"]
    search_fields = ["subject_ar", "subject_en", "subject_zh_hans", "=code"]
    ordering = ["-year", "-week"]
    change_form_template = "admin/newsletter/issue/change_form.html"
    fieldsets = [(None, {"fields": ["subject", "preheader"]})]

    @admin.display(description=gettext_lazy("week"), ordering="-start_at")
    def week_label(self, issue: Issue) -> str:
        """Return the ISO week."""
        return format_html('<bdi dir="ltr">{}</bdi>', issue)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, issue: Issue) -> str:
        """Return where it stands."""
        return issue.get_state_display()

    @admin.display(description=gettext_lazy("recipients"))
    def recipients(self, issue: Issue) -> str:
        """Return how many it goes or went to, once they are fixed."""
        return number(issue.mailing.frozen_count) if issue.mailing and issue.mailing.frozen_at else "–"

    @admin.display(description=gettext_lazy("written and approved by"))
    def who(self, issue: Issue) -> str:
        """Return the people behind it."""
        people = [str(person) for person in (issue.written_by, issue.approved_by) if person is not None]
        return " · ".join(dict.fromkeys(people)) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Load what every page of an issue names."""
        found = super().get_queryset(request)
        return found.select_related("organisation", "mailing", "written_by", "submitted_by", "approved_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the clock makes one for each week."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Editors of the body, while it is being written."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state in WRITING_STATES)

    def get_urls(self) -> list[URLPattern]:
        """Put the issue's own pages and acts before Django's addresses."""
        pages = [
            ("<int:pk>/preview/", self.preview_view, "preview"),
            ("<int:pk>/preview/frame/", self.frame_view, "frame"),
            ("<int:pk>/preview/message/", self.raw_view, "raw"),
            ("<int:pk>/test/", require_POST(self.test_view), "test"),
            ("<int:pk>/act/<slug:act>/", require_POST(self.act_view), "act"),
            ("<int:pk>/offers/", require_POST(self.offers_view), "offers"),
            ("<int:pk>/parts/<int:part>/<slug:act>/", require_POST(self.part_view), "part"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"newsletter_issue_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show beside the form where the issue stands, what it holds, and what may be done."""
        issue = self.get_object(request, object_id)
        told = {**(extra_context or {}), "show_save_and_add_another": False}
        if issue is not None and self.has_view_or_change_permission(request, issue):
            told |= {
                "acts": acts_for(request.user, issue),
                "audience": audience_of(issue),
                "checks": checked(issue) if issue.state not in (IssueState.SENT, IssueState.CANCELLED) else None,
                "parts": parts_shown(issue),
                "counted_links": list(issue.counted_links.order_by("-clicks", "language", "number")),
                "kinds": BlockKind.choices,
                "is_writable": self.has_change_permission(request, issue),
                "is_second_person_missing": issue.submitted_by_id == request.user.pk,
            }
        return super().change_view(request, object_id, form_url, told)

    def save_model(self, request: HttpRequest, obj: Issue, form: ModelForm, change: bool) -> None:
        """Write through the service; whoever was too late is told so."""
        try:
            parts.save_issue(obj, by=request.user, revision=revision_of(request))
        except IssueRefused as refusal:
            messages.error(request, refused("", refusal.reason))

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Do one act with the issue and say what came of it."""
        issue = self._seen(request, pk)
        try:
            messages.success(request, self._done(request, issue, act))
        except IssueRefused as refusal:
            messages.error(request, refused(act, refusal.reason))
        return self._back(pk)

    def _done(self, request: HttpRequest, issue: Issue, act: str) -> str:
        if act == "submit":
            services.submit(issue, by=request.user)
            return _("Submitted. Those who may approve it have been told.")
        if act == "approve":
            count = services.approve(issue, by=request.user)
            return ngettext(
                "Approved. It goes out to %(shown)s recipient.",
                "Approved. It goes out to %(shown)s recipients.",
                count,
            ) % {"shown": number(count)}
        if act == "send_back":
            form = ReturnForm(request.POST)
            if not form.is_valid():
                raise IssueRefused("reason")
            services.send_back(issue, by=request.user, note=form.cleaned_data["note"])
            return _("Sent back. The person who submitted it has been told why.")
        if act == "recall":
            services.recall(issue, by=request.user)
            return _("Taken back: it can be written again, and must be approved again.")
        if act == "cancel":
            services.cancel(issue, by=request.user)
            return _("Cancelled: nothing goes out this week any more.")
        raise Http404

    def offers_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add what the portal offers by now."""
        issue = self._seen(request, pk)
        try:
            count = parts.look_for_more(issue, by=request.user)
        except IssueRefused as refusal:
            messages.error(request, refused("", refusal.reason))
        else:
            added = ngettext("%(shown)s part was added.", "%(shown)s parts were added.", count)
            messages.success(
                request, added % {"shown": number(count)} if count else _("There is nothing new to tell of.")
            )
        return self._back(pk, "#parts")

    def part_view(self, request: HttpRequest, pk: int, part: int, act: str) -> HttpResponse:
        """Move, copy or remove one part."""
        issue = self._seen(request, pk)
        block = Block.objects.select_related("issue", "image").filter(issue=issue, pk=part).first()
        if block is None:
            raise Http404
        anchor = f"#part-{block.pk}"
        try:
            if act in ("up", "down"):
                parts.move_part(block, by=request.user, is_up=act == "up")
            elif act == "duplicate":
                anchor = f"#part-{parts.duplicate_part(block, by=request.user).pk}"
            elif act == "remove":
                parts.remove_part(block, by=request.user)
                anchor = "#parts"
            else:
                raise Http404
        except IssueRefused as refusal:
            messages.error(request, refused("", refusal.reason))
        return self._back(pk, anchor)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show an edition as its readers will get it."""
        issue = self._seen(request, pk)
        context = {**self.admin_site.each_context(request), "title": _("Preview"), "opts": self.opts}
        return preview.page(request, issue, context)

    def frame_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the preview its frame."""
        return preview.frame(request, self._seen(request, pk))

    def raw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the message as a file."""
        return preview.raw(request, self._seen(request, pk))

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send an edition to the person who asks for it."""
        issue = self._seen(request, pk)
        language = request.POST.get("language", "")
        if language not in preview.LANGUAGES:
            raise Http404
        try:
            testing.send_test(issue, by=request.user, language=language)
        except testing.TestRefused as refusal:
            if refusal.reason == "relay":
                told = _("The mail relay did not take it: %(answer)s") % {"answer": refusal.detail}
            else:
                told = refused("test", refusal.reason)
            messages.error(request, told)
        else:
            told = _("Sent to %(address)s. The subject says that it is a test.")
            messages.success(request, told % {"address": request.user.email})
        shown = reverse("admin:newsletter_issue_preview", args=[pk])
        return HttpResponseRedirect(f"{shown}?language={language}")

    def trail_of(self, obj: Issue) -> QuerySet[Entry]:
        """Add what was done to its parts, those that were taken out included."""
        of_parts = Entry.objects.filter(target_kind=Block._meta.label_lower, data__issue=obj.code)
        return Entry.objects.about(obj) | of_parts

    def _seen(self, request: HttpRequest, pk: int) -> Issue:
        issue = self.get_object(request, str(pk))
        if issue is None or not self.has_view_permission(request, issue):
            raise Http404
        return issue

    def _back(self, pk: int, anchor: str = "") -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:newsletter_issue_change", args=[pk]) + anchor)
