"""The demonstration's history of figures: measured from what the other loaders have written."""

from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.selectors import months_up_to
from portal.insight.selectors.periods import first_of
from portal.insight.selectors.tables import TREND_MONTHS
from portal.insight.services import load_definitions, publish_marked, take_month
from portal.registry import DemoStage


def load(stage: DemoStage) -> None:
    """Take the thirteen months before the anchor day's, and its own; a month once taken is left alone."""
    load_definitions()
    if not KpiDefinition.objects.filter(is_public=True).exists():
        publish_marked()
    for month in months_up_to(first_of(stage.anchor.date()), TREND_MONTHS + 1):
        if not Snapshot.objects.filter(month=month).exists():
            take_month(month)
