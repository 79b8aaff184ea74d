"""Surveys, as the ground floor sees them."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.registry import Kind
from portal.text import localised
from surveys.models import Survey


class SurveyKind(Kind):
    """A survey that a body publishes."""

    name = "survey"
    label = _("Survey")

    def get(self, key: str) -> Survey | None:
        """Return the public survey of this code."""
        return Survey.objects.public().select_related("organisation").filter(code=key).first()

    def title(self, obj: Survey) -> str:
        """Return its title in the active language, or another."""
        return localised(obj, "title")[0]

    def text(self, obj: Survey) -> str:
        """Return its summary."""
        return localised(obj, "summary")[0]

    def language(self, obj: Survey) -> str:
        """Return the language of the title shown."""
        return localised(obj, "title")[1] or settings.LANGUAGE_CODE

    def url(self, obj: Survey) -> str:
        """Return its page."""
        return reverse("surveys:start", args=[obj.code])

    def organisation(self, obj: Survey) -> Any:
        """Return its body."""
        return obj.organisation
