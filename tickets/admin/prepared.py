"""Prepared replies in the admin: written by the managers of their body, read by all who work there."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin
from portal.accounts.staff.texts import revision_of
from tickets.forms.prepared import PreparedReplyForm
from tickets.models import PreparedReply
from tickets.rules.prepared import FIELDS, as_written
from tickets.services import prepared as services


@admin.register(PreparedReply)
class PreparedReplyAdmin(BodyAdmin, TranslationAdmin):
    """Prepared replies of the person's bodies, and those of the ministry to read."""

    form = PreparedReplyForm
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.MANAGER,)
    list_display = ["title", "organisation", "kind_labels", "active", "uses", "last_used_at"]
    list_filter = ["active"]
    list_select_related = ["organisation"]
    search_fields = ["title_ar", "title_en", "title_zh_hans"]
    ordering = ["-uses", "id"]
    change_form_template = "admin/tickets/prepared/change_form.html"
    fieldsets = [
        (None, {"fields": ["title", "text"]}),
        (_("Where it is offered"), {"fields": ["organisation", "kinds", "active"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show those of the ministry to its bodies too: their agents use them."""
        return PreparedReply.objects.visible_to(request.user).order_by(*self.ordering)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By role; one object where the queryset shows it."""
        if obj is None or obj.pk is None:
            return super().has_view_permission(request, obj)
        return PreparedReply.objects.visible_to(request.user).filter(pk=obj.pk).exists()

    @admin.display(description=_("kinds"))
    def kind_labels(self, prepared: PreparedReply) -> str:
        """Return the kinds it is offered for."""
        labels = dict(PreparedReply._meta.get_field("kinds").base_field.choices)
        return " · ".join(str(labels.get(kind, kind)) for kind in prepared.kinds) or "–"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show the fields beside the form."""
        fields = [(as_written(name), label) for name, label in FIELDS.items()]
        return super().changeform_view(request, object_id, form_url, {"reply_fields": fields, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: PreparedReply, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_prepared(obj, by=request.user, revision=revision_of(request))
