"""What was searched for in vain, for editors: the next article to write."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.accounts.staff.bodies import ReadOnlyAdmin
from portal.web.templatetags.texts import lang_tag
from tickets.models import SearchMiss
from tickets.services.searches import settle_miss


class SettledFilter(admin.SimpleListFilter):
    """Those that wait for an article, unless others are asked for."""

    title = gettext_lazy("settled")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those that are settled."""
        return [("yes", _("Settled"))]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Name the choice of none for what it shows."""
        for choice in super().choices(changelist):
            is_none = choice["display"] == gettext("All")
            yield choice | {"display": _("Open")} if is_none else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Apply what was chosen."""
        return queryset.filter(settled_at__isnull=self.value() != "yes")


@admin.register(SearchMiss)
class SearchMissAdmin(ReadOnlyAdmin):
    """Words belong to no body: editors and managers of any see them."""

    list_display = ["searched", "language", "count", "last_at", "next_step"]
    list_display_links = None
    list_filter = [SettledFilter, "language"]
    search_fields = ["words"]
    actions = ["settle"]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Editors and managers."""
        return holds(request.user, Role.EDITOR, Role.MANAGER)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Editors."""
        return holds(request.user, Role.EDITOR)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show all of them."""
        return SearchMiss.objects.all()

    @admin.display(description=gettext_lazy("words"), ordering="words")
    def searched(self, miss: SearchMiss) -> str:
        """Show the words in their own language and direction."""
        return format_html('<bdi lang="{}">{}</bdi>', lang_tag(miss.language), miss.words)

    @admin.display(description=gettext_lazy("next step"))
    def next_step(self, miss: SearchMiss) -> str:
        """Lead to a new article with these words as its title."""
        title = {f"title_{miss.language.replace('-', '_')}": miss.words}
        address = f"{reverse('admin:tickets_article_add')}?{urlencode(title)}"
        return format_html('<a href="{}">{}</a>', address, _("Write an article"))

    @admin.action(description=gettext_lazy("Take off the list until searched for again"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[SearchMiss]) -> None:
        """Settle the chosen ones through the service."""
        for miss in chosen:
            settle_miss(miss, by=request.user)
        told = ngettext("%(count)s search was taken off.", "%(count)s searches were taken off.", len(chosen))
        messages.success(request, told % {"count": len(chosen)})
