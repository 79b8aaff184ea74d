"""Reads across several models, or across the registry."""

from typing import Any

from django.utils import timezone

from portal import registry
from portal.accounts.models import Person


def export(person: Person) -> dict[str, Any]:
    """Return everything the portal holds about a person, by app: for nobody but themselves."""
    return {
        "exported_at": timezone.now(),
        "data": {
            key: {"label": str(entry.label), "content": entry.export(person)}
            for key, entry in registry.personal_data.items()
        },
    }
