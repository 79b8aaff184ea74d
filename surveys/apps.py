"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    """Questionnaires, answers, invitations and analysis."""

    name = "surveys"
    label = "surveys"
    verbose_name = _("Surveys")

    def ready(self) -> None:
        """Register what the area offers."""
        from portal import registry
        from surveys.services import starters

        registry.starters.register("surveys", starters.load_templates)
