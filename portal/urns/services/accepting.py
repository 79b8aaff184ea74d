"""Taking sealed contents in, and closing urns."""

from django.db import transaction

from portal.urns.models import Sealed, Urn
from portal.urns.services.sealing import seal


class UrnClosed(Exception):
    """Nothing is accepted any more."""


def accept(owner: str, urn: str, content: bytes) -> None:
    """Seal a content and keep it until it is mixed, in the caller's transaction: both are written or neither.

    The content names no person, token or moment. Raises ``UrnClosed``.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a content is accepted together with what spends the right to it")
    found = _locked(owner, urn)
    if found.is_closed:
        raise UrnClosed(urn)
    Sealed.objects.create(urn=found, content=seal(content, _name(owner, urn)))


@transaction.atomic
def close(owner: str, urn: str) -> None:
    """Accept nothing any more; the rest may be moved, however few they are. It is never opened again.

    Waits for those who are handing in at this moment, so that the rest is the whole rest.
    """
    found = _locked(owner, urn)
    if not found.is_closed:
        found.is_closed = True
        found.save(update_fields=["is_closed"])


def is_closed(owner: str, urn: str) -> bool:
    """Tell whether it was closed."""
    return Urn.objects.filter(owner=owner, code=urn, is_closed=True).exists()


def _locked(owner: str, urn: str) -> Urn:
    Urn.objects.get_or_create(owner=owner, code=urn)
    return Urn.objects.select_for_update(no_key=True).get(owner=owner, code=urn)


def _name(owner: str, urn: str) -> str:
    return f"{owner}/{urn}"
