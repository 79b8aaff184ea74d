"""Reads of the audit trail, named for their readers."""

from typing import Any, Self

from django.db import models


class EntryQuerySet(models.QuerySet):
    """Entries of the trail."""

    def about(self, target: Any) -> Self:
        """Return what was done to this object, newest first."""
        kind, key = reference(target)
        return self.filter(target_kind=kind, target_key=key)


def reference(target: Any) -> tuple[str, str]:
    """Return (kind, key): the model's label and the public code, or the id where there is none."""
    return target._meta.label_lower, str(getattr(target, "code", None) or target.pk)
