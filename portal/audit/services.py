"""The one way to write the trail."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from portal.audit.models import Entry
from portal.audit.querysets import reference
from portal.cache import bump


def record(
    action: str,
    target: Any,
    *,
    by: Any | None,
    data: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
) -> Entry:
    """Write one entry in the caller's transaction, so that an act and its trace stand or fall together.

    ``action`` is “thing.verb” in the past tense (``comment.posted``). ``by`` is the person, or None for the portal
    itself. ``data`` holds codes, states and ids, never what people wrote: a ledger cannot be erased. Of what staff
    publish the trail keeps the old and the new values too: ``before`` is the row as ``stored`` gave it before the
    change. What leaves a trace may be seen by visitors, so their stored pages are old from the commit on.
    """
    kind, key = reference(target)
    organisation_id = getattr(target, "organisation_id", None)
    changes = changes_since(before, target) if before else {}
    entry = Entry.objects.create(
        action=action,
        actor_id=getattr(by, "pk", None),
        target_kind=kind,
        target_key=key,
        organisation_id=organisation_id,
        data={**(data or {}), **({"changes": changes} if changes else {})},
    )
    bump()
    return entry


def stored(target: models.Model) -> dict[str, Any]:
    """Return what staff may write of this thing as the database has it now, by column; empty for a new one."""
    if target.pk is None:
        return {}
    names = [*_written(type(target)), *(["behind"] if hasattr(target, "behind") else [])]
    return type(target)._base_manager.filter(pk=target.pk).values(*names).first() or {}


def changes_since(before: dict[str, Any], target: models.Model) -> dict[str, list[Any]]:
    """Return old and new value of each column that differs from the stored row, as the trail keeps them."""
    now = {name: getattr(target, target._meta.get_field(name).attname) for name in _written(type(target))}
    pairs = {name: [_kept(before[name]), _kept(value)] for name, value in now.items()}
    return {name: [old, new] for name, (old, new) in pairs.items() if old != new}


def _written(model: type[models.Model]) -> list[str]:
    """Return the columns that staff write: each language of a text, not the copy of it that the library keeps."""
    columns = model._meta.concrete_fields
    copies = {column.translated_field.name for column in columns if hasattr(column, "translated_field")}
    return [column.name for column in columns if column.editable and column.name not in copies]


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if value == "":
        return None
    return str(value) if isinstance(value, Decimal) else value
