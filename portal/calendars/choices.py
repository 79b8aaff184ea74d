"""Levels of service that this version keeps time for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What is promised; how long it takes is a setting."""

    REPORT_OF_CONTENT = "report_of_content", _("Decision on a report")
    CONSULTATION_RESPONSE = "consultation_response", _("Response to a consultation")
