"""Reads of issues."""

from datetime import datetime
from typing import Self

from django.db import models

from newsletter.choices import WRITING_STATES, IssueState


class IssueQuerySet(models.QuerySet):
    """Newsletter issues."""

    def published(self) -> Self:
        """Return those that went out, the last first: the archive."""
        return self.filter(state=IssueState.SENT).order_by("-start_at")

    def approved(self) -> Self:
        """Return those whose images mail programs may ask for: on their way, or gone out."""
        return self.filter(state__in=[IssueState.APPROVED, IssueState.SENT])

    def overdue(self, moment: datetime) -> Self:
        """Return those that should have been approved by now."""
        return self.filter(state__in=[IssueState.DRAFT, IssueState.SUBMITTED], start_at__lte=moment)

    def unapproved(self) -> Self:
        """Return those on which somebody still has to do something."""
        return self.filter(state__in=WRITING_STATES | {IssueState.SUBMITTED})
