"""Moderation in the admin: the queue instead of a list, and the grounds for administrators."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from modeltranslation.admin import TranslationAdmin

from moderation import services
from moderation.models import Case, Ground
from moderation.views import history, passing, queue
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import BodyAdmin, ReadOnlyAdmin
from portal.accounts.staff.texts import revision_of


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Cases are worked on in the queue; nothing of them is edited by hand."""

    view_roles = (Role.MODERATOR,)

    def get_urls(self) -> list[Any]:
        """Put the queue before Django's own addresses."""
        pages = [
            ("queue/", queue.queue, "queue"),
            ("queue/<slug:code>/", queue.case, "waiting"),
            ("queue/<slug:code>/take/", queue.take, "take"),
            ("queue/<slug:code>/release/", queue.release, "release"),
            ("queue/<slug:code>/pass-on/", passing.pass_on, "pass_on"),
            ("queue/<slug:code>/person/", history.history, "person"),
            ("decided/", queue.decided_list, "decided_list"),
            ("decided/<slug:code>/", queue.decided, "decided"),
        ]
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(partial(view, site=self.admin_site)), name=f"moderation_case_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The queue is the list."""
        return redirect("admin:moderation_case_queue")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the case's own page."""
        wanted = object_id if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else "0"
        case = get_object_or_404(Case.objects.for_moderator(request.user), pk=wanted)
        return redirect("admin:moderation_case_waiting", code=case.code)


@admin.register(Ground)
class GroundAdmin(BodyAdmin, TranslationAdmin):
    """The grounds of the policy: worded by administrators, and never taken away, since decisions name them."""

    organisation_lookup = None
    view_roles = (Role.MODERATOR,)
    change_roles = (Role.ADMINISTRATOR,)
    list_display = ["number", "title", "code", "needs_note"]
    list_display_links = ["title"]
    ordering = ["number"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Number and code are what the ledger and the figures go by."""
        return ["number", "code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Ground, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_ground(obj, by=request.user, revision=revision_of(request))
