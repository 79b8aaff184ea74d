"""The audit trail in the admin. It stands here because the trail itself knows of no people and no roles."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from portal.accounts.choices import Role
from portal.accounts.models import Organisation, Person
from portal.accounts.rules import bodies_for, holds, holds_in_ministry
from portal.accounts.staff.bodies import ReadOnlyAdmin
from portal.audit.models import Entry
from portal.text import localised


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Administrators read the trail of their bodies; those of the ministry all of it. Nobody edits it."""

    list_display = ["at", "act", "who", "target", "body"]
    list_filter = ["action", "target_kind"]
    search_fields = ["=target_key", "=actor_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Limit by the plain id of the body; entries of no body are the ministry's."""
        entries = admin.ModelAdmin.get_queryset(self, request)
        if holds_in_ministry(request.user, Role.ADMINISTRATOR):
            return entries
        return entries.filter(organisation_id__in=bodies_for(request.user, Role.ADMINISTRATOR).values("pk"))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Look up the names on the page in two queries: the trail itself holds plain ids."""
        changes = super().get_changelist_instance(request)
        entries = list(changes.result_list)
        people = Person.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
        bodies = Organisation.objects.in_bulk({entry.organisation_id for entry in entries if entry.organisation_id})
        for entry in entries:
            entry.actor, entry.organisation = people.get(entry.actor_id), bodies.get(entry.organisation_id)
        changes.result_list = entries
        return changes

    @admin.display(description=Entry._meta.get_field("action").verbose_name, ordering="action")
    def act(self, entry: Entry) -> str:
        """Return what was done."""
        return _breakable(entry.action)

    @admin.display(description=Entry._meta.get_field("actor_id").verbose_name, ordering="actor_id")
    def who(self, entry: Entry) -> str | None:
        """Return the id with the name; None for what the portal did itself."""
        name = entry.actor.public_name if entry.actor else ""
        return format_html("{} <bdi>{}</bdi>", entry.actor_id, name) if entry.actor_id else None

    @admin.display(description=gettext_lazy("What it is about"), ordering="target_kind")
    def target(self, entry: Entry) -> str:
        """Return kind and key, one under the other."""
        return format_html("{}<br><bdi>{}</bdi>", _breakable(entry.target_kind), entry.target_key)

    @admin.display(description=Entry._meta.get_field("organisation_id").verbose_name, ordering="organisation_id")
    def body(self, entry: Entry) -> str | None:
        """Return the name of the body."""
        return localised(entry.organisation, "name")[0] if entry.organisation else entry.organisation_id

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Administrators of any body."""
        return holds(request.user, Role.ADMINISTRATOR)


def _breakable(name: str) -> str:
    """Let a dotted name break behind its dots, so that the columns of the list fit beside its filters."""
    parts = format_html_join(mark_safe(".<wbr>"), "{}", ((part,) for part in name.split(".")))
    return format_html('<bdi dir="ltr">{}</bdi>', parts)
