"""Reads of imports."""

from typing import Any, Self

from django.db import models

from newsletter.choices import ImportState
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for


class ImportQuerySet(models.QuerySet):
    """Imports of addresses."""

    def to_work_on(self) -> Self:
        """Return those on which the portal, and no person, has something to do."""
        return self.filter(state__in=[ImportState.READING, ImportState.CHECKING, ImportState.APPLYING])

    def for_staff(self, user: Any) -> Self:
        """Return those of bodies for which the person edits."""
        return self.filter(organisation__in=bodies_for(user, Role.EDITOR))
