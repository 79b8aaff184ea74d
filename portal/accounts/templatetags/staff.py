"""Forms of the staff area: the languages of one field as one group, with what is missing or behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.contrib.admin.helpers import Fieldline
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from portal.languages import behind_texts

register = template.Library()
_CODES = {f"_{code.replace('-', '_')}": code for code, _name in settings.LANGUAGES}


@dataclass(frozen=True)
class Cell:
    """One language of a field. ``name`` is that of the input, ``since`` when the text fell behind, if it has."""

    field: Any
    code: str
    name: str
    is_missing: bool
    since: datetime | None


@dataclass(frozen=True)
class Group:
    """The languages of one field."""

    name: str
    label: str
    help: str
    cells: list[Cell]

    @property
    def has_errors(self) -> bool:
        """True when one of them was refused."""
        return any(not cell.field.is_readonly and cell.field.errors() for cell in self.cells)


@register.simple_tag
def languages_of_line(line: Fieldline) -> Group | None:
    """Return the line of a form as a group of languages, or None for a line of anything else."""
    bases = {_base(name) for name in line.fields}
    if len(line.fields) < len(_CODES) or len(bases) != 1 or None in bases:
        return None
    name = bases.pop()
    obj = line.form.instance
    texts = {column: _text(line, obj, column) for column in line.fields}
    is_written = any(texts.values())
    behind = behind_texts(obj)
    cells = [
        Cell(
            field=field,
            code=_CODES[column[len(name) :]],
            name=line.form.add_prefix(column),
            is_missing=is_written and not texts[column],
            since=parse_datetime(behind[column]) if behind.get(column) and texts[column] else None,
        )
        for column, field in zip(line.fields, line, strict=True)
    ]
    return Group(name, _label(line, obj, name), _help(obj, name), cells)


def _base(name: str) -> str | None:
    return next((name[: -len(ending)] for ending in _CODES if name.endswith(ending)), None)


def _text(line: Fieldline, obj: Model, column: str) -> str:
    if line.form.is_bound and column in line.form.fields:
        return line.form[column].value() or ""
    return getattr(obj, column, None) or line.form.initial.get(column) or ""


def _label(line: Fieldline, obj: Model, name: str) -> str:
    named = getattr(line.form, "group_labels", {})
    try:
        return capfirst(named.get(name) or obj._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def _help(obj: Model, name: str) -> str:
    try:
        return str(obj._meta.get_field(name).help_text)
    except FieldDoesNotExist:
        return ""


@register.filter
def is_past(moment: datetime) -> bool:
    """Tell whether this moment has passed."""
    return moment < timezone.now()


@register.simple_tag(takes_context=True)
def was_checked(context: template.Context, name: str) -> bool:
    """Tell whether the form that came back says that this text was checked."""
    return name in context["request"].POST.getlist("_checked")
