"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UrnsConfig(AppConfig):
    """Sealed answers and ballots, on their way from people to figures."""

    name = "portal.urns"
    label = "urns"
    verbose_name = _("Urns")
