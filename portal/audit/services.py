"""The one way to write the trail."""

from typing import Any

from portal.audit.models import Entry
from portal.audit.querysets import reference
from portal.cache import bump


def record(action: str, target: Any, *, by: Any | None, data: dict[str, Any] | None = None) -> Entry:
    """Write one entry in the caller's transaction, so that an act and its trace stand or fall together.

    ``action`` is “thing.verb” in the past tense (``comment.posted``). ``by`` is the person, or None for the portal
    itself. ``data`` holds codes, states and ids, never what people wrote: a ledger cannot be erased. What leaves a
    trace may be seen by visitors, so their stored pages are old from the commit on.
    """
    kind, key = reference(target)
    organisation_id = getattr(target, "organisation_id", None)
    entry = Entry.objects.create(
        action=action,
        actor_id=getattr(by, "pk", None),
        target_kind=kind,
        target_key=key,
        organisation_id=organisation_id,
        data=data or {},
    )
    bump()
    return entry
