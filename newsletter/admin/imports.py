"""Imports of addresses: a form, what would happen row by row, and a button that lets it happen."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from newsletter.choices import Verdict
from newsletter.forms.staff import ImportForm
from newsletter.models import Import, ImportRow
from newsletter.services import importing
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import BodyAdmin
from portal.mailings.selectors.tables import WHY

SHOWN_ROWS = 100


@admin.register(Import)
class ImportAdmin(BodyAdmin):
    """Imports of the bodies for which somebody edits."""

    form = ImportForm
    view_roles = (Role.EDITOR,)
    change_roles = (Role.EDITOR,)
    list_display = ("name", "organisation", "state", "row_count", "by", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("organisation", "by")
    ordering = ("-id",)
    change_form_template = "admin/newsletter/import/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A file is stated for once: whoever was wrong discards it."""
        return obj is None and super().has_change_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Leave the content of files where it is."""
        return super().get_queryset(request).defer("content")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Show of a file that is kept its name."""
        fields = list(ImportForm._meta.fields)
        return fields if obj is None else ["name" if field == "file" else field for field in fields]

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type[ModelForm]:
        """Ask for a file where there is none yet."""
        if obj is not None:
            kwargs["form"] = ModelForm
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Import, form: ImportForm, change: bool) -> None:
        """Write through the service."""
        obj.name = form.cleaned_data["file"].name[-150:]
        importing.start(obj, lists=form.cleaned_data["lists"], content=form.content, by=request.user)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """The service has done it."""

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        """Go to where it shows what would happen."""
        return redirect("admin:newsletter_import_change", obj.pk)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show what would happen, or has happened: counts, and the first rows that are not simply new."""
        found = self.get_object(request, object_id)
        context = {} if found is None else shown(found)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        """Add applying and discarding."""
        wrap = self.admin_site.admin_view
        mine = [
            path("<int:pk>/apply/", wrap(self._moving(importing.apply)), name="newsletter_import_apply"),
            path("<int:pk>/discard/", wrap(self._moving(importing.discard)), name="newsletter_import_discard"),
        ]
        return [*mine, *super().get_urls()]

    def _moving(self, move: Any) -> Any:
        @require_POST
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            found = get_object_or_404(Import.objects.for_staff(request.user), pk=pk)
            try:
                move(found, by=request.user)
            except importing.ImportRefused:
                messages.error(request, _("The import has moved on. This is how it stands now."))
            return redirect("admin:newsletter_import_change", pk)

        return view


def shown(found: Import) -> dict[str, Any]:
    """Return what the page of an import shows."""
    counts = dict(found.rows.exclude(verdict="").values_list("verdict").annotate(Count("pk")))
    special = found.rows.exclude(verdict__in=["", Verdict.NEW]).order_by("number")
    rows: list[ImportRow] = list(special[:SHOWN_ROWS])
    return {
        "import": found,
        "counts": [(str(label), counts[value]) for value, label in Verdict.choices if value in counts],
        "rows": rows,
        "is_more": len(rows) == SHOWN_ROWS,
        "problem": WHY.get(found.problem, ""),
        "percent": 100 * found.done_count // found.row_count if found.row_count else 0,
    }
