"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Comments."""

    name = "engagement.comments"
    label = "comments"
    verbose_name = _("Comments")
