"""Reads of help articles: who sees which is decided here and nowhere else."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from tickets.choices import ArticleState


class ArticleQuerySet(models.QuerySet):
    """Help articles."""

    def public(self) -> Self:
        """Return those everybody may read."""
        return self.filter(state=ArticleState.PUBLISHED)

    def visible_to(self, user: Any) -> Self:
        """Return the public ones, and for editors and managers of a body its drafts and retired ones too."""
        if not user.is_authenticated or not user.is_staff:
            return self.public()
        return self.filter(
            Q(state=ArticleState.PUBLISHED) | Q(organisation__in=bodies_for(user, Role.EDITOR, Role.MANAGER))
        )

    def most_read(self) -> Self:
        """Return the public ones, those read most in the last 30 days first."""
        return self.public().order_by("-recent_reads", "id")


class SearchMissQuerySet(models.QuerySet):
    """Searches without result."""

    def unsettled(self) -> Self:
        """Return those that still wait for an article."""
        return self.filter(settled_at=None)
