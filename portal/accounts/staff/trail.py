"""The history of a thing in the admin: from the audit trail, with old and new values."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext

from portal.accounts.models import Person
from portal.audit.choices import word_for
from portal.audit.models import Entry

PER_PAGE = 30
# A text of more lines than these is shown by what differs.
WHOLE_LINES = 6


@dataclass(frozen=True)
class Change:
    """One value that became another; the language is that of a text, else empty."""

    label: str
    language: str
    old: str
    new: str


@dataclass(frozen=True)
class Act:
    """An entry as people read it. ``person`` is None for the portal itself, ``part`` names a part of the thing."""

    entry: Entry
    word: str
    part: str
    person: Person | None
    changes: list[Change]

    @property
    def wording_only(self) -> bool:
        """True when the person said that the meaning stayed."""
        return bool(self.entry.data.get("wording_only"))


class Trail:
    """Admins whose history page is the audit trail. A subclass adds the entries of a thing's parts."""

    def trail_of(self, obj: Model) -> QuerySet[Entry]:
        """Return the entries about this thing."""
        return Entry.objects.about(obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what was done, the last first, to those who may see the thing."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        page = Paginator(self.trail_of(obj).order_by("-id"), PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("History"),
            "subtitle": str(obj),
            "object": obj,
            "opts": self.opts,
            "page": page,
            "acts": acts(page.object_list, self.opts.label_lower),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


def acts(entries: Iterable[Entry], kind: str) -> list[Act]:
    """Return entries as people read them, names looked up in a bounded number of queries."""
    entries = list(entries)
    people = Person.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
    names = _names(entries)
    return [
        Act(
            entry,
            word_for(entry.action),
            "" if entry.target_kind == kind else _kind_name(entry),
            people.get(entry.actor_id),
            [_change(entry, column, *values, names) for column, values in _changed(entry).items()],
        )
        for entry in entries
    ]


def _changed(entry: Entry) -> dict[str, list[Any]]:
    before, after = entry.data.get("before"), entry.data.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return {name: [before[name], after.get(name)] for name in before if before[name] != after.get(name)}
    pairs = {name: value for name, value in entry.data.items() if isinstance(value, list) and len(value) == 2}
    return {name: value for name, value in pairs.items() if _column(entry, name)} | entry.data.get("changes", {})


def _column(entry: Entry, column: str) -> Field | None:
    try:
        return apps.get_model(entry.target_kind)._meta.get_field(column)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _kind_name(entry: Entry) -> str:
    try:
        name = capfirst(apps.get_model(entry.target_kind)._meta.verbose_name)
    except (LookupError, ValueError):
        name = entry.target_kind
    number = entry.data.get("number")
    return f"{name} {number}" if number else name


def _names(entries: list[Entry]) -> dict[tuple[type[Model], Any], str]:
    """Return the names of what values refer to: one query for each kind of thing on the page."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for entry in entries:
        for column, values in _changed(entry).items():
            if isinstance(field := _column(entry, column), ForeignKey):
                wanted[field.related_model] |= {value for value in values if value is not None}
    return {
        (model, key): str(found)
        for model, keys in wanted.items()
        for key, found in model._base_manager.in_bulk(keys).items()
    }


def _change(entry: Entry, column: str, old: Any, new: Any, names: dict[tuple[type[Model], Any], str]) -> Change:
    field = _column(entry, column)
    shown_old, shown_new = (_shown(field, value, names) for value in (old, new))
    language = getattr(field, "language", "")
    if max(shown_old.count("\n"), shown_new.count("\n")) >= WHOLE_LINES:
        shown_old, shown_new = _what_differs(shown_old, shown_new)
    original = getattr(field, "translated_field", field)
    return Change(capfirst(original.verbose_name) if original else column, language, shown_old, shown_new)


def _shown(field: Field | None, value: Any, names: dict[tuple[type[Model], Any], str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), str(value))
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _moment(field, str(value))


def _moment(field: Field | None, value: str) -> str:
    kind = field.get_internal_type() if field is not None else ""
    if kind == "DateTimeField" and (moment := parse_datetime(value)):
        return date_format(localtime(moment), "DATETIME_FORMAT")
    if kind == "DateField" and (day := parse_date(value)):
        return date_format(day, "DATE_FORMAT")
    return value


def _what_differs(old: str, new: str) -> tuple[str, str]:
    """Return the lines of both that differ, with dots for those that are the same."""
    before, after = old.splitlines(), new.splitlines()
    parts: tuple[list[str], list[str]] = ([], [])
    for same, start_old, end_old, start_new, end_new in SequenceMatcher(None, before, after, False).get_opcodes():
        for lines, part in ((before[start_old:end_old], parts[0]), (after[start_new:end_new], parts[1])):
            part.extend(["…"] if same == "equal" else lines)
    return "\n".join(parts[0]), "\n".join(parts[1])
