"""Reads of subscriptions."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef

from newsletter.choices import Frequency, SubscriptionState
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds_in_ministry


class SubscriptionQuerySet(models.QuerySet):
    """Subscriptions."""

    def written_to(self, day: date) -> Self:
        """Return whom the issue of this Monday goes to: monthly readers on the first Monday of a month only."""
        found = self.filter(state=SubscriptionState.ACTIVE)
        return found if day.day <= 7 else found.filter(frequency=Frequency.WEEKLY)

    def as_audience(self) -> Self:
        """Return them with the columns that a mailing's audience has."""
        return self.annotate(member=F("code"), address=F("email"))

    def resting(self, day: date) -> Self:
        """Return those whose pause is over on this day."""
        return self.filter(state=SubscriptionState.PAUSED, paused_until__lte=day)

    def for_staff(self, user: Any) -> Self:
        """Return those an editor may see: on a list of a body they edit for; administrators of the ministry all."""
        if holds_in_ministry(user, Role.ADMINISTRATOR) or holds_in_ministry(user, Role.EDITOR):
            return self
        bodies = bodies_for(user, Role.EDITOR)
        through = self.model.lists.through.objects.filter(subscription=OuterRef("pk"))
        return self.filter(Exists(through.filter(mailinglist__organisation__in=bodies)))
