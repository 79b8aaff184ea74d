"""Reads of invitations."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.mailings.choices import DeliveryState
from portal.mailings.models import Delivery


class InviteeQuerySet(models.QuerySet):
    """Those who were invited, or were to be."""

    def known(self) -> Self:
        """Return those whose address was not forgotten."""
        return self.exclude(nonce="")


class InvitingQuerySet(models.QuerySet):
    """Who is in a sending."""

    def chosen(self) -> Self:
        """Return those that are not left out."""
        return self.filter(left_out="")

    def written(self) -> Self:
        """Return those who were written to or will be: all that was confirmed but what was then not sent."""
        skipped = Delivery.objects.filter(
            mailing=OuterRef("sending__mailing"),
            email_key=OuterRef("invitee__email_key"),
            state=DeliveryState.SKIPPED,
        )
        return self.filter(~Exists(skipped), at__isnull=False)

    def to(self, *, email_key: object, person: object) -> Self:
        """Return those to this address or this person, whatever the survey."""
        return self.filter(Q(invitee__email_key=email_key) | Q(invitee__person=person, invitee__person__isnull=False))
