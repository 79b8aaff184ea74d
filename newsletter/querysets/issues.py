"""Reads of issues."""

from datetime import datetime
from typing import Self

from django.db import models

from newsletter.choices import WRITING_STATES, IssueState
from portal.mailings.choices import MailingState


class IssueQuerySet(models.QuerySet):
    """Newsletter issues."""

    def published(self) -> Self:
        """Return those that went out or are going out, the last first: the archive.

        Whoever has the first of a million copies may open it in the browser at once.
        """
        begun = models.Q(state=IssueState.APPROVED, mailing__started_at__isnull=False)
        is_going_out = begun & ~models.Q(mailing__state=MailingState.CANCELLED)
        return self.filter(models.Q(state=IssueState.SENT) | is_going_out).order_by("-start_at")

    def approved(self) -> Self:
        """Return those whose images mail programs may ask for: on their way, or gone out."""
        return self.filter(state__in=[IssueState.APPROVED, IssueState.SENT])

    def overdue(self, moment: datetime) -> Self:
        """Return those that should have been approved by now."""
        return self.filter(state__in=[IssueState.DRAFT, IssueState.SUBMITTED], start_at__lte=moment)

    def unapproved(self) -> Self:
        """Return those on which somebody still has to do something."""
        return self.filter(state__in=WRITING_STATES | {IssueState.SUBMITTED})
