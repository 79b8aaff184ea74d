"""Pages, announcements, topics and services in the admin, for the editors of the body they belong to."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin, BodyInline
from portal.accounts.staff.preview import at
from portal.accounts.staff.texts import revision_of
from portal.pages import views
from portal.pages.forms import AnnouncementForm, PageForm
from portal.pages.models import Announcement, Page, PageVersion, Service, Topic
from portal.pages.services import save_announcement, save_page, save_service, save_topic


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
