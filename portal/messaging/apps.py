"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Messages."""

    name = "portal.messaging"
    label = "messaging"
    verbose_name = _("Messages")
