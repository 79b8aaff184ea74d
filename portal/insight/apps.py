"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


class InsightConfig(AppConfig):
    """Figures and reports."""

    name = "portal.insight"
    label = "insight"
    verbose_name = _("Figures and reports")

    def ready(self) -> None:
        """Offer indicators, the managers' page, the definitions and the demonstration's history."""
        from portal.insight import kpis, rules, services
        from portal.insight.management import demo

        kpis.register()
        registry.navigation.register(
            "insight",
            registry.NavigationEntry(
                label=_("Monthly reports"),
                url=lambda: reverse("insight:reports"),
                position=40,
                section="account",
                prefix="reports/",
                visible_to=rules.may_see_reports,
            ),
        )
        registry.recounts.register("insight", services.drifts)
        registry.starters.register("insight", services.load_definitions)
        registry.demo.register("insight", demo.load)
