"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


def _open_data() -> str:
    return f"{reverse('insight:statistics')}#data"


class InsightConfig(AppConfig):
    """Figures and reports."""

    name = "portal.insight"
    label = "insight"
    verbose_name = _("Figures and reports")

    def ready(self) -> None:
        """Offer indicators, pages of figures, what waits for review, definitions and the demonstration's history."""
        from portal.insight import kpis, rules, services
        from portal.insight.management import demo
        from portal.insight.selectors.periods import next_month

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
        registry.navigation.register(
            "statistics",
            registry.NavigationEntry(
                label=_("Statistics"), url=lambda: reverse("insight:statistics"), position=80, prefix="statistics/"
            ),
        )
        registry.navigation.register(
            "open_data",
            registry.NavigationEntry(
                label=_("Open data"), url=_open_data, position=65, section="footer", prefix="statistics/#"
            ),
        )
        registry.inbox.register(
            "insight",
            registry.InboxEntry(
                label=_("Indicators due for review"),
                url=lambda: f"{reverse('admin:insight_kpidefinition_changelist')}?due=yes",
                count=rules.reviews_due,
            ),
        )
        registry.turns.register("insight", next_month)
        registry.recounts.register("insight", services.drifts)
        registry.starters.register("insight", services.load_definitions)
        _offer_judging()
        registry.demo.register("insight", demo.load)


def _offer_judging() -> None:
    from portal.insight.selectors import published
    from portal.pages.demo import judgements
    from portal.pages.selectors.judged import single_page
    from portal.registry.judged import judged_pages

    judged_pages.register("statistics", single_page(_("Statistics"), "all", "insight:statistics"))
    judged_pages.register("indicator", published.JUDGED)
    # Here, when everything that can be judged has been loaded, and before figures are taken of it.
    registry.demo.register("judgements", judgements.load)
