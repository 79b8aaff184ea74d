"""What announcements are about."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AnnouncementCategory(models.TextChoices):
    """Categories by which visitors choose what they read."""

    NEWS = "news", pgettext_lazy("announcement", "News")
    SERVICE = "service", pgettext_lazy("announcement", "Changes of services")
    AWARENESS = "awareness", _("Good to know")
