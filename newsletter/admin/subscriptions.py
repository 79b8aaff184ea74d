"""Who is written to, for those who answer for it. Nothing here is edited by hand: acts are services."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin

from newsletter.models import Consent, MailingList, Subscription
from newsletter.views import staff
from portal.accounts.choices import Role
from portal.accounts.querysets import email_key
from portal.accounts.rules import holds, holds_in_ministry
from portal.accounts.staff.bodies import BodyAdmin, ReadOnlyAdmin
from portal.mailings.services.suppression import hash_of

# Counting goes no further: nobody turns more pages, and a million rows would be counted for each of them.
MOST_COUNTED = 1000


class CappedPaginator(Paginator):
    """Counts a thousand rows at most; whoever looks for one further down searches."""

    @cached_property
    def count(self) -> int:
        """Return how many there are, up to the bound."""
        return self.object_list.order_by()[:MOST_COUNTED].count()


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Subscriptions on lists of the bodies for which somebody edits."""

    organisation_lookup = None
    view_roles = (Role.EDITOR,)
    list_display = ("email", "state", "language", "frequency", "organisation", "confirmed_at")
    list_filter = ("state", "language", "frequency")
    list_select_related = ("organisation",)
    # Shown as a box; what it searches is below.
    search_fields = ("email_key",)
    search_help_text = gettext_lazy("A whole address, or how it begins. The list shows 1,000 rows at most.")
    ordering = ("-id",)
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 50
    fields = (
        *("email", "state", "language", "frequency", "organisation", "all_lists", "paused_until", "is_canary"),
        *("created_at", "confirmed_at", "ended_at"),
    )
    readonly_fields = ("all_lists",)
    change_form_template = "admin/newsletter/subscription/change_form.html"
    change_list_template = "admin/newsletter/subscription/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Show those the queryset decides."""
        return Subscription.objects.for_staff(request.user).order_by(*self.ordering)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By role; one of them where the queryset shows it."""
        if obj is None:
            return holds(request.user, Role.EDITOR)
        return Subscription.objects.for_staff(request.user).filter(pk=obj.pk).exists()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search by the canonical address, whole or from its beginning: an index answers."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term:
            return queryset.filter(email_key=email_key(term)), False
        return queryset.filter(email_key__startswith=term.lower()), False

    @admin.display(description=gettext_lazy("lists"))
    def all_lists(self, subscription: Subscription) -> str:
        """Return the names of its lists."""
        return " · ".join(str(one) for one in subscription.lists.all()) or "–"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the record of consent beside it."""
        acts = Consent.objects.filter(subscription_id=object_id).order_by("-pk")[:50] if object_id.isdigit() else []
        return super().change_view(request, object_id, form_url, {"acts": acts, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """Add the acts and the export."""
        wrap = self.admin_site.admin_view
        mine = [
            path("export/", wrap(staff.export), name="newsletter_subscription_export"),
            *(
                path(f"<int:pk>/{act}/", wrap(self._act(act)), name=f"newsletter_subscription_{act}")
                for act in staff.ACTS
            ),
        ]
        return [*mine, *super().get_urls()]

    def _act(self, act: str) -> Any:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            found = get_object_or_404(Subscription.objects.for_staff(request.user), pk=pk)
            context = {**self.admin_site.each_context(request), "opts": self.opts}
            return staff.act(request, found, act, context)

        return view


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """The record of consent: found by the address, even of one that was erased."""

    organisation_lookup = None
    view_roles = (Role.ADMINISTRATOR,)
    list_display = ("at", "subscription_id", "act", "source", "text_version", "language")
    list_filter = ("act", "source")
    search_fields = ("address_hash",)
    search_help_text = gettext_lazy("A whole address. The list shows 1,000 rows at most.")
    ordering = ("-id",)
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 50
    fields = ("at", "subscription_id", "act", "source", "text_version", "language", "choices", "by_id")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search by the address: its hash is what stands here."""
        known = Subscription.objects.filter(email_key=email_key(search_term)).values("pk")
        by_hash = queryset.filter(address_hash=hash_of(email_key(search_term)))
        return by_hash | queryset.filter(subscription_id__in=known), False


@admin.register(MailingList)
class MailingListAdmin(BodyAdmin, TranslationAdmin):
    """Lists of a body, written by its editors."""

    view_roles = (Role.EDITOR,)
    change_roles = (Role.EDITOR,)
    list_display = ("name", "code", "organisation", "members_of", "is_open")
    list_filter = ("is_open",)
    list_select_related = ("organisation", "members_of")
    search_fields = ("code", "name_ar", "name_en", "name_zh_hans")
    ordering = ("id",)
    fields = ("name", "about", "code", "organisation", "members_of", "is_open")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """The code stands in records; whose members a list holds is said once, by the ministry."""
        if obj is not None:
            return ("code", "members_of")
        return () if holds_in_ministry(request.user, Role.EDITOR) else ("members_of",)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Any organisation may have members; the body is one of the person's own."""
        if db_field.name == "members_of":
            return None
        return super().get_field_queryset(db, db_field, request)
