"""Reads of deadlines and calendars."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation


class DeadlineQuerySet(models.QuerySet):
    """Deadlines by where they stand."""

    def running(self) -> Self:
        """Return those neither met nor dropped."""
        return self.filter(met_at=None, dropped_at=None)

    def overdue(self) -> Self:
        """Return those not met whose moment has passed."""
        return self.overdue_at(timezone.now())

    def overdue_at(self, moment: datetime) -> Self:
        """Return those not met by then, the due second included; a clock that stood still in time stands still."""
        waits = Q(waiting_since__isnull=False, waiting_since__lte=F("due_at"))
        return self.running().filter(due_at__lt=moment).exclude(waits)

    def unrecorded(self) -> Self:
        """Return those of whose due moment no breach is recorded."""
        breaches = self.model._meta.get_field("breaches").related_model
        return self.exclude(Exists(breaches.objects.filter(deadline=OuterRef("pk"), due_at=OuterRef("due_at"))))

    def in_scope(self, scope: dict[str, Any]) -> Self:
        """Return the running ones that a change of these calendars, or of these bodies' levels, may touch."""
        touched = Q(calendar__in=scope.get("calendars", ())) | Q(organisation__in=scope.get("organisations", ()))
        found = self.running().filter(touched)
        return found.filter(level=scope["level"]) if scope.get("level") else found


class OfBody(models.QuerySet):
    """Settings of bodies, which hold for the bodies below as long as those have none of their own."""

    def nearest(self, organisation_id: int | None) -> Self:
        """Return those of the body, of what it is part of, and of the ministry: in this order."""
        body = Q(organisation_id=organisation_id)
        above = Q(pk=None)
        if organisation_id:
            above = Q(organisation__in=Organisation.objects.filter(parts=organisation_id))
        steps = (When(body, then=Value(0)), When(above, then=Value(1)))
        order = Case(*steps, default=Value(2), output_field=IntegerField())
        found = self.filter(body | above | Q(organisation__kind=OrganisationKind.MINISTRY))
        return found.annotate(distance=order).order_by("distance", "pk")
