"""Reads of prepared replies."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from portal.accounts.choices import STAFF_ROLES
from portal.accounts.rules import bodies_for


class PreparedReplyQuerySet(models.QuerySet):
    """Prepared replies."""

    def visible_to(self, user: Any) -> Self:
        """Return those of the bodies for which this person works, and those of the ministry above them."""
        bodies = bodies_for(user, *STAFF_ROLES)
        return self.filter(Q(organisation__in=bodies) | Q(organisation__in=bodies.values("parent")))

    def offered_for(self, ticket: Any) -> Self:
        """Return those that may answer this request, most used first: of its body or the ministry, for its kind."""
        bodies = [pk for pk in (ticket.organisation_id, ticket.organisation.parent_id) if pk]
        fitting = Q(kinds=[]) | Q(kinds__contains=[ticket.kind])
        return self.filter(fitting, organisation__in=bodies, active=True).order_by("-uses", "id")
