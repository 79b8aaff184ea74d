"""Reads of surveys. Who sees which, and which state dates and quota give, is decided here and nowhere else."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from surveys.choices import PUBLIC_STATUSES, Audience, State, Status


class SurveyQuerySet(models.QuerySet):
    """Surveys."""

    def templates(self) -> Self:
        """Return what new surveys are made of."""
        return self.filter(is_template=True)

    def real(self) -> Self:
        """Return those that are answered, which templates are not."""
        return self.filter(is_template=False)

    def public(self) -> Self:
        """Return those that everybody may know of; only the invited know of theirs."""
        return self.real().filter(status__in=PUBLIC_STATUSES).exclude(audience=Audience.INVITED)

    def visible_to(self, user: Any) -> Self:
        """Return those whose page somebody may open: published ones, and for staff of a body its drafts too."""
        published = Q(is_template=False, status__in=PUBLIC_STATUSES)
        if not user.is_authenticated:
            return self.filter(published)
        return self.filter(published | Q(organisation__in=bodies_for(user, Role.EDITOR, Role.MANAGER)))

    def for_editor(self, user: Any) -> Self:
        """Return those this person may edit."""
        return self.filter(organisation__in=bodies_for(user, Role.EDITOR))

    def open_at(self, moment: datetime) -> Self:
        """Return those that take answers at a moment, as dates, quota and present status have it."""
        return self.in_state(State.OPEN, moment)

    def in_state(self, state: State, moment: datetime) -> Self:
        """Return those in this state at a moment, as dates, quota and present status have it."""
        live = Q(status=Status.LIVE)
        full = Q(quota__isnull=False, answer_count__gte=F("quota"))
        over = Q(closes_at__isnull=False, closes_at__lte=moment) | full
        return self.filter(
            {
                State.DRAFT: Q(status=Status.DRAFT),
                State.SCHEDULED: live & Q(opens_at__gt=moment),
                State.OPEN: live & Q(opens_at__lte=moment) & ~over,
                State.PAUSED: Q(status=Status.PAUSED),
                State.CLOSED: Q(status=Status.CLOSED) | (live & Q(opens_at__lte=moment) & over),
                State.RESULTS: Q(status=Status.RESULTS),
            }[state]
        )
