"""Texts in the admin: the languages of a field beside each other, and what is missing or behind told in words."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.languages import (
    Revision,
    Translated,
    behind_in,
    behind_texts,
    languages_of,
    missing_in,
    missing_texts,
    text_columns,
)

WORDING_ONLY, CHECKED = "_wording_only", "_checked"


def revision_of(request: HttpRequest, prefix: str = "") -> Revision:
    """Return what the person said of the change in the form, or in the part of it with this prefix."""
    start = f"{prefix}-" if prefix else ""
    checked = {name[len(start) :] for name in request.POST.getlist(CHECKED) if name.startswith(start)}
    return Revision(wording_only=WORDING_ONLY in request.POST, checked=frozenset(checked))


class SideBySide:
    """Admins and inlines in which the languages of a field stand in one line."""

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Put the columns of one field, where they follow each other, into one line."""
        lines = {
            columns[0]: columns
            for columns in ([*by_language.values()] for by_language in text_columns(self.model).values())
        }
        fieldsets = super().get_fieldsets(request, obj)
        return [(name, {**options, "fields": _in_lines(options["fields"], lines)}) for name, options in fieldsets]


def _in_lines(names: Sequence[Any], lines: dict[str, list[str]]) -> list[Any]:
    kept, rest = [], list(names)
    while rest:
        line = lines.get(rest[0]) if isinstance(rest[0], str) else None
        if line and rest[: len(line)] == line:
            kept.append(tuple(line))
            rest = rest[len(line) :]
        else:
            kept.append(rest.pop(0))
    return kept


class TextsFilter(admin.SimpleListFilter):
    """Narrow a list to what lacks a language, or has one that is behind."""

    title = _("Texts")
    parameter_name = "texts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each language, missing and (where that is told) behind."""
        states = {"missing": gettext("Missing: %(language)s")}
        if issubclass(model_admin.model, Translated):
            states["behind"] = gettext("Behind: %(language)s")
        return [
            (f"{state}-{code}", words % {"language": gettext(name)})
            for state, words in states.items()
            for code, name in settings.LANGUAGES
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Apply what was chosen; anything unknown narrows nothing."""
        state, _dash, code = (self.value() or "").partition("-")
        if code not in dict(settings.LANGUAGES):
            return queryset
        if state == "missing":
            return queryset.filter(missing_in(queryset.model, code))
        if state == "behind" and issubclass(queryset.model, Translated):
            return queryset.filter(behind_in(queryset.model, code))
        return queryset


class TextLists:
    """Admins whose lists tell which languages are missing or behind, and whose forms ask what a change means."""

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the column, where the thing has texts."""
        columns = list(super().get_list_display(request))
        return [*columns, "texts"] if text_columns(self.model) else columns

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Add the filter, where the thing has texts."""
        filters = list(super().get_list_filter(request))
        return [*filters, TextsFilter] if text_columns(self.model) else filters

    @admin.display(description=_("Texts"))
    def texts(self, obj: Model) -> str:
        """Say in words which languages are missing and which are behind."""
        names = dict(settings.LANGUAGES)
        marks = [
            ("danger", gettext("Missing: %(language)s") % {"language": gettext(names[code])})
            for code in languages_of(self.model, missing_texts(obj))
        ] + [
            ("attention", gettext("Behind: %(language)s") % {"language": gettext(names[code])})
            for code in languages_of(self.model, behind_texts(obj))
        ]
        if not marks:
            return format_html('<span class="tag tag-success">{}</span>', gettext("Complete"))
        return format_html_join(" ", '<span class="tag tag-{}">{}</span>', marks)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Ask what a change means where other languages may fall behind by it."""
        asks = object_id is not None and issubclass(self.model, Translated)
        told = {"asks_meaning": asks, "wording_only": WORDING_ONLY in request.POST}
        return super().changeform_view(request, object_id, form_url, {**told, **(extra_context or {})})
