"""Pages, announcements, topics and services in the admin, for the editors of the body they belong to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin, BodyInline
from portal.accounts.staff.preview import at
from portal.accounts.staff.texts import revision_of
from portal.pages import views
from portal.pages.choices import RemarkState
from portal.pages.forms import AnnouncementForm, PageForm
from portal.pages.models import Announcement, Page, PageVersion, Remark, Service, Topic
from portal.pages.selectors.judging import pages_of
from portal.pages.services import save_announcement, save_page, save_service, save_topic
from portal.pages.services.judging import set_remark_state
from portal.registry.judged import JudgedPage, judged_pages


class VersionInline(BodyInline, admin.TabularInline):
    """What the page said before: to be read, and changed by nobody."""

    model = PageVersion
    organisation_lookup = "owner"
    view_roles = tuple(STAFF_ROLES)
    fields = readonly_fields = ["version", "saved_at", "saved_by_id"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a version is kept by saving the page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(Page)
class PageAdmin(BodyAdmin, TranslationAdmin):
    """Policy pages."""

    form = PageForm
    organisation_lookup = "owner"
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.EDITOR,)
    list_display = ["title", "key", "owner", "version", "updated_at", "review_on"]
    list_select_related = ["owner"]
    search_fields = ["key", "title_ar", "title_en", "title_zh_hans"]
    readonly_fields = ["updated_at"]
    fieldsets = [
        (None, {"fields": ["title", "summary", "body"]}),
        (_("Version"), {"fields": ["version", "change_note", "approver", "review_on", "updated_at"]}),
        (_("Place"), {"fields": ["key", "owner", "position"]}),
    ]
    inlines = [VersionInline]
    previews = True

    def get_readonly_fields(self, request: HttpRequest, obj: Page | None = None) -> list[str]:
        """Keep the address of a page that exists: others link to it."""
        return [*self.readonly_fields, *(["key"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Page, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        save_page(obj, by=request.user, revision=revision_of(request))

    def preview(self, visitor: HttpRequest, obj: Page, *, by: Any) -> HttpResponse:
        """Return the page as it would be read."""
        return views.page(at(visitor, obj.get_absolute_url()), obj.key)


@admin.register(Topic)
class TopicAdmin(BodyAdmin, TranslationAdmin):
    """Topics belong to the whole portal: the ministry's editors write them."""

    organisation_lookup = None
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.EDITOR,)
    list_display = ["name", "code"]
    search_fields = ["code", "name_ar", "name_en", "name_zh_hans"]

    def save_model(self, request: HttpRequest, obj: Topic, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        save_topic(obj, by=request.user, revision=revision_of(request))


@admin.register(Service)
class ServiceAdmin(BodyAdmin, TranslationAdmin):
    """Services of a body."""

    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.EDITOR,)
    list_display = ["name", "code", "organisation", "topic"]
    list_select_related = ["organisation", "topic"]
    list_filter = ["topic"]
    search_fields = ["code", "name_ar", "name_en", "name_zh_hans"]

    def save_model(self, request: HttpRequest, obj: Service, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        save_service(obj, by=request.user, revision=revision_of(request))


@admin.register(Announcement)
class AnnouncementAdmin(BodyAdmin, TranslationAdmin):
    """Announcements of the person's bodies."""

    form = AnnouncementForm
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    list_display = ["title", "organisation", "category", "is_public", "shown_from", "expires_at"]
    list_filter = ["is_public", "is_pinned", "category"]
    list_select_related = ["organisation"]
    search_fields = ["title_ar", "title_en", "title_zh_hans", "=code"]
    ordering = ["-shown_from", "-id"]
    previews = True
    fieldsets = [
        (None, {"fields": ["organisation", "category", "title", "text"]}),
        (_("When"), {"fields": ["is_public", "shown_from", "expires_at", "is_pinned"]}),
    ]

    def save_model(self, request: HttpRequest, obj: Announcement, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        save_announcement(obj, by=request.user, revision=revision_of(request))

    def preview(self, visitor: HttpRequest, obj: Announcement, *, by: Any) -> HttpResponse:
        """Return its page as it would be read."""
        return views.announcement_page(at(visitor, obj.get_absolute_url()), obj)


# What stands for a page that nobody can read any more.
NOWHERE = JudgedPage("", "", "")


def _place(remark: Remark) -> tuple[str, str]:
    return remark.subject.kind, remark.subject.key


class KindFilter(admin.SimpleListFilter):
    """Remarks on one kind of page, by its name."""

    title = _("kind of page")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the kinds that are asked about."""
        return [(kind, str(entry.label)) for kind, entry in judged_pages.items() if entry.counts is None]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Remark]) -> QuerySet[Remark]:
        """Narrow to the kind that was chosen."""
        return queryset.filter(subject__kind=self.value()) if self.value() else queryset


@admin.register(Remark)
class RemarkAdmin(BodyAdmin):
    """What readers wrote about pages and services of the person's bodies: to be read, and marked as read or done."""

    organisation_lookup = "subject__organisation"
    change_roles = (Role.EDITOR,)
    list_display = ["words", "page", "answer", "reason", "language", "day", "state"]
    list_filter = ["state", "scale", KindFilter, "reason", "language"]
    list_select_related = ["subject"]
    search_fields = ["text", "=subject__key"]
    date_hierarchy = "day"
    fields = ["page", "answer", "reason", "words", "language", "day", "state"]
    readonly_fields = ["page", "answer", "reason", "words", "language", "day"]
    actions = ["mark_read", "mark_done", "mark_new"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Readers alone write remarks."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Remark]:
        """Take the organisations along, which decide who may read."""
        return super().get_queryset(request).select_related("subject__organisation")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look up the pages of a whole list at once."""
        shown = super().get_changelist_instance(request)
        pages = pages_of({_place(remark) for remark in shown.result_list})
        for remark in shown.result_list:
            remark.found_page = pages.get(_place(remark), NOWHERE)
        return shown

    @admin.display(description=_("text"))
    def words(self, obj: Remark) -> str:
        """Return the text with its own language and direction."""
        if not obj.text:
            return "–"
        return format_html('<div lang="{}" dir="auto" class="written">{}</div>', obj.language, obj.text)

    @admin.display(description=_("page"), ordering="subject")
    def page(self, obj: Remark) -> str:
        """Return a link to the page, or its name where nobody can read it any more."""
        found = getattr(obj, "found_page", None) or pages_of([_place(obj)]).get(_place(obj), NOWHERE)
        if found is NOWHERE:
            return obj.subject.code
        return format_html('<a href="{}"><bdi>{}</bdi></a>', found.path, found.title)

    @admin.display(description=_("answer"))
    def answer(self, obj: Remark) -> str:
        """Return the value in words."""
        return obj.answer

    def save_model(self, request: HttpRequest, obj: Remark, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        set_remark_state(obj, RemarkState(obj.state), by=request.user)

    @admin.action(description=_("Mark as read"), permissions=["change"])
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Remark]) -> None:
        """Mark the chosen ones."""
        self._mark(request, queryset, RemarkState.READ)

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Remark]) -> None:
        """Mark the chosen ones."""
        self._mark(request, queryset, RemarkState.DONE)

    @admin.action(description=_("Mark as new again"), permissions=["change"])
    def mark_new(self, request: HttpRequest, queryset: QuerySet[Remark]) -> None:
        """Mark the chosen ones."""
        self._mark(request, queryset, RemarkState.NEW)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Remark], state: RemarkState) -> None:
        chosen = list(queryset)
        for found in chosen:
            set_remark_state(found, state, by=request.user)
        said = ngettext("%(count)s remark marked.", "%(count)s remarks marked.", len(chosen))
        self.message_user(request, said % {"count": len(chosen)})
