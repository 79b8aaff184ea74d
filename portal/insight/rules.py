"""Who may ask for which report."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Organisation
from portal.accounts.rules import bodies_for, holds_in_ministry
from portal.insight.models import KpiDefinition, Report


def reporting_bodies(user: Any) -> QuerySet[Organisation]:
    """Return the public bodies this person manages."""
    return bodies_for(user, Role.MANAGER).public_bodies()


def may_see_reports(user: Any) -> bool:
    """Managers of any public body."""
    return reporting_bodies(user).exists()


def may_report_on_all(user: Any) -> bool:
    """Managers of the ministry see all bodies together."""
    return reporting_bodies(user).filter(kind=OrganisationKind.MINISTRY).exists()


def may_report_on(user: Any, organisation: Organisation | None) -> bool:
    """Managers of that very body; None stands for all bodies together."""
    if organisation is None:
        return may_report_on_all(user)
    return reporting_bodies(user).filter(pk=organisation.pk).exists()


def may_see_report(user: Any, report: Report) -> bool:
    """Those who could ask for it."""
    return may_report_on(user, report.organisation)


def reports_for(user: Any) -> QuerySet[Report]:
    """Return the reports this person may see, newest first."""
    visible = Q(organisation__in=reporting_bodies(user))
    if may_report_on_all(user):
        visible |= Q(organisation=None)
    return Report.objects.filter(visible).select_related("organisation", "file", "requested_by")


def reviews_due(user: Any) -> int | None:
    """Count the indicators whose target and words are due for review; None for whoever does not manage them."""
    if not holds_in_ministry(user, Role.MANAGER):
        return None
    return KpiDefinition.objects.filter(review_on__lte=timezone.localdate()).count()
