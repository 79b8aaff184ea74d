"""Reads of consultations. Who sees which, and which state the dates give, is decided here and nowhere else."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from engagement.consultations.choices import PUBLIC_STATUSES, State, Status
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for


class ConsultationQuerySet(models.QuerySet):
    """Consultations."""

    def public(self) -> Self:
        """Return those everybody may read."""
        return self.filter(status__in=PUBLIC_STATUSES)

    def visible_to(self, user: Any) -> Self:
        """Return the public ones, and for editors of a body its drafts too."""
        if not user.is_authenticated:
            return self.public()
        return self.filter(
            Q(status__in=PUBLIC_STATUSES) | Q(organisation__in=bodies_for(user, Role.EDITOR, Role.MANAGER))
        )

    def for_editor(self, user: Any) -> Self:
        """Return those this person may edit."""
        return self.filter(organisation__in=bodies_for(user, Role.EDITOR))

    def in_state(self, state: State, moment: datetime) -> Self:
        """Return those in this public state at a moment, as their dates and present status have it."""
        published = Q(status=Status.PUBLISHED)
        return self.filter(
            {
                State.DRAFT: Q(status=Status.DRAFT),
                State.UPCOMING: published & Q(opens_at__gt=moment),
                State.OPEN: published & Q(opens_at__lte=moment, closes_at__gt=moment),
                State.ANALYSING: published & Q(closes_at__lte=moment),
                State.CONCLUDED: Q(status=Status.CONCLUDED),
                State.WITHDRAWN: Q(status=Status.WITHDRAWN),
            }[state]
        )


class DocumentQuerySet(models.QuerySet):
    """Documents."""

    def without_file(self) -> Self:
        """Return those that have a text of which a file can be made, and no file."""
        has_text = Q(body_ar__gt="") | Q(body_en__gt="") | Q(body_zh_hans__gt="")
        return self.filter(has_text, file=None)
