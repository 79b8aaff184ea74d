"""The one way to write the trail."""

from typing import Any

from portal.audit.models import Entry
from portal.audit.querysets import reference


def record(action: str, target: Any, *, by: Any | None, data: dict[str, Any] | None = None) -> Entry:
    """Write one entry in the caller's transaction, so that an act and its trace stand or fall together.

    ``action`` is “thing.verb” in the past tense (``comment.posted``). ``by`` is the person, or None for the portal
    itself. ``data`` holds codes, states and ids, never what people wrote: a ledger cannot be erased.
    """
    kind, key = reference(target)
    organisation_id = getattr(target, "organisation_id", None)
    return Entry.objects.create(
        action=action,
        actor_id=getattr(by, "pk", None),
        target_kind=kind,
        target_key=key,
        organisation_id=organisation_id,
        data=data or {},
    )
