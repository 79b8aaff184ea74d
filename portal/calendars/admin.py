"""Calendars, holidays and levels in the admin; deadlines and their history to be read there."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from portal.accounts.admin import BodyAdmin, BodyInline, ReadOnlyAdmin
from portal.accounts.choices import STAFF_ROLES, Role
from portal.calendars import services
from portal.calendars.choices import Cause
from portal.calendars.forms import DatedFormSet, HolidayForm, HoursForm, LevelForm, WeekFormSet
from portal.calendars.models import (
    Breach,
    Calendar,
    DatedHours,
    Deadline,
    Holiday,
    Promise,
    Recount,
    ServiceLevel,
    Wait,
    Window,
)
from portal.calendars.selectors import sentences

CONFIRMED, BACK, REASON = "_confirmed", "_back", "_reason"


class MovesDeadlines(BodyAdmin):
    """Admin of what deadlines are reckoned by: before it is saved, it shows which of them move and by how much.

    The change is stored, its effect reckoned, and all of it rolled back: what is shown is what would happen.
    """

    cause: Cause
    change_roles = (Role.ADMINISTRATOR,)
    view_roles = tuple(STAFF_ROLES)

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        """Ask first, or go on."""
        return self._ask(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        """Ask first, or go on."""
        return self._ask(request, obj) or super().response_change(request, obj)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Give what was typed back to who goes back from the question."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if request.method != "POST" or BACK not in request.POST:
            return form
        return type(form.__name__, (form,), {"is_valid": lambda self: False})

    def _ask(self, request: HttpRequest, obj: Model) -> HttpResponse | None:
        scope = services.scope_of(obj)
        if CONFIRMED in request.POST:
            reason = request.POST.get(REASON, "")
            services.begin_recount(scope, cause=self.cause, subject=str(obj), reason=reason, by=request.user)
            return None
        found = services.preview(scope)
        if not found.count and found.is_complete:
            services.begin_recount(scope, cause=self.cause, subject=str(obj), by=request.user)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("These deadlines move"),
            "subject": str(obj),
            "opts": self.opts,
            "preview": found,
            "typed": [(name, value) for name, values in request.POST.lists() for value in values if _is_typed(name)],
            "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        # Last, since nothing can be asked of the database from here on; the page is drawn after the rollback.
        transaction.set_rollback(True)
        return TemplateResponse(request, "admin/calendars/moves.html", context)


def _is_typed(name: str) -> bool:
    return name not in (CONFIRMED, BACK, REASON, "csrfmiddlewaretoken")


class RowInline(BodyInline):
    """Rows of a calendar, which can be taken out again."""

    organisation_lookup = "organisation"
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.ADMINISTRATOR,)
    extra = 0

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may change them."""
        return self.has_change_permission(request, obj)


class WindowInline(RowInline, admin.TabularInline):
    """The week."""

    model = Window
    form = HoursForm
    formset = WeekFormSet


class DatedInline(RowInline, TranslationStackedInline):
    """Dated hours."""

    model = DatedHours
    form = HoursForm
    formset = DatedFormSet


class HolidayInline(RowInline, TranslationStackedInline):
    """Holidays of this calendar alone; those of its country stand in their own list."""

    model = Holiday
    form = HolidayForm
    fields = ["name", "first_day", "last_day", "is_expected", "is_observed", "is_confirmed"]


@admin.register(Calendar)
class CalendarAdmin(MovesDeadlines, TranslationAdmin):
    """Working calendars of the person's bodies."""

    cause = Cause.CALENDAR
    list_display = ["name", "organisation", "is_main", "time_zone", "country", "updated_at"]
    list_filter = ["country", "is_main"]
    list_select_related = ["organisation"]
    search_fields = ["name_ar", "name_en", "name_zh_hans"]
    fields = ["organisation", "name", "time_zone", "country", "is_main", "is_around_the_clock"]
    inlines = [WindowInline, DatedInline, HolidayInline]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Store the rows, then check and record the whole through the service."""
        super().save_related(request, form, formsets, change)
        # Read again: what the form holds was read before its rows were stored.
        services.settle_calendar(Calendar.objects.get(pk=form.instance.pk), by=request.user)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Store the rows; holidays go through their service."""
        rows = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        if formset.model is not Holiday:
            for row in rows:
                row.save()
            return
        for row_form in formset.forms:
            if row_form.has_changed() and row_form not in formset.deleted_forms:
                _save_holiday(row_form, by=request.user)


@admin.register(Holiday)
class HolidayAdmin(MovesDeadlines, TranslationAdmin):
    """Public holidays of the countries: seeded, and confirmed by administrators of the ministry."""

    cause = Cause.CALENDAR
    form = HolidayForm
    organisation_lookup = None
    list_display = ["name", "country", "first_day", "last_day", "is_expected", "is_observed", "confirmed_at"]
    list_filter = ["country", "is_expected", "is_observed"]
    search_fields = ["name_ar", "name_en", "name_zh_hans"]
    fields = ["country", "name", "first_day", "last_day", "is_expected", "is_observed", "is_confirmed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of countries; those of one calendar stand on its page."""
        return super().get_queryset(request).filter(calendar=None)

    def save_model(self, request: HttpRequest, obj: Holiday, form: ModelForm, change: bool) -> None:
        """Write through the services."""
        _save_holiday(form, by=request.user)


def _save_holiday(form: ModelForm, *, by: Any) -> None:
    services.save_holiday(form.instance, by=by)
    services.confirm_holiday(form.instance, is_confirmed=form.cleaned_data["is_confirmed"], by=by)


@admin.register(ServiceLevel)
class ServiceLevelAdmin(MovesDeadlines):
    """What each body promises."""

    cause = Cause.LEVEL
    form = LevelForm
    list_display = ["level", "organisation", "reply_amount", "reply_unit", "solution_amount", "solution_unit"]
    list_filter = ["level"]
    list_select_related = ["organisation"]
    fields = [
        *("organisation", "level", "calendar", "reply_amount", "reply_unit"),
        *("solution_amount", "solution_unit", "alerts_at_once"),
    ]

    def save_model(self, request: HttpRequest, obj: ServiceLevel, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_level(obj, by=request.user)


class ReadInline(BodyInline, admin.TabularInline):
    """Rows of the history, to be read and changed by nobody."""

    view_roles = tuple(STAFF_ROLES)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class PromiseInline(ReadInline):
    """Every promise that was given."""

    model = Promise
    fields = readonly_fields = ["number", "cause", "level", "reckoned_at", "due_at", "words", "given_at", "by"]

    @admin.display(description=_("reason"))
    def words(self, promise: Promise) -> str:
        """Return the reason in words."""
        return promise.reason.text if hasattr(promise, "reason") else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Read the reasons with them."""
        return super().get_queryset(request).select_related("reason", "by")


class WaitInline(ReadInline):
    """When the clock stood still."""

    model = Wait
    fields = readonly_fields = ["since", "until", "pause"]


class BreachInline(ReadInline):
    """Moments that were missed."""

    model = Breach
    fields = readonly_fields = ["due_at", "recorded_at"]


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyAdmin):
    """Deadlines with their receipts and history."""

    view_roles = tuple(STAFF_ROLES)
    list_display = ["level", "organisation", "started_at", "due_at", "met_at"]
    list_filter = ["level"]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    fields = readonly_fields = [
        *("level", "target", "organisation", "calendar", "started_at", "deemed_at", "due_at", "waiting_since"),
        *("met_at", "dropped_at", "told"),
    ]
    inlines = [PromiseInline, WaitInline, BreachInline]

    @admin.display(description=_("how it came about"))
    def told(self, deadline: Deadline) -> SafeString:
        """Say it in the sentences the person reads."""
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in sentences(deadline)))
        )


@admin.register(Recount)
class RecountAdmin(ReadOnlyAdmin):
    """How far the reckonings in the background are."""

    organisation_lookup = None
    view_roles = (Role.ADMINISTRATOR,)
    list_display = ["subject", "cause", "progress", "moved", "created_at", "finished_at"]
    fields = readonly_fields = [
        *("subject", "cause", "reason", "by", "progress", "done", "total", "moved", "created_at", "finished_at"),
    ]
    ordering = ["-id"]

    @admin.display(description=_("progress"))
    def progress(self, recount: Recount) -> SafeString:
        """Return how much of it is done."""
        return format_html('<bdi dir="ltr">{}%</bdi>', recount.percent)
