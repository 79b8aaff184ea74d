"""Consultations, as the ground floor sees them."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from engagement.consultations.choices import PUBLIC_STATUSES
from engagement.consultations.models import Consultation
from engagement.consultations.selectors import url_of
from portal.registry import Kind
from portal.text import localised


class ConsultationKind(Kind):
    """A consultation that a body publishes."""

    name = "consultation"
    label = _("Consultation")

    def get(self, key: str) -> Consultation | None:
        """Return the public consultation of this code."""
        public = Consultation.objects.filter(status__in=PUBLIC_STATUSES)
        return public.select_related("organisation", "response_deadline").filter(code=key).first()

    def title(self, obj: Consultation) -> str:
        """Return its title in the active language, or another."""
        return localised(obj, "title")[0]

    def text(self, obj: Consultation) -> str:
        """Return its summary."""
        return localised(obj, "summary")[0]

    def language(self, obj: Consultation) -> str:
        """Return the language of the summary shown."""
        return localised(obj, "summary")[1] or settings.LANGUAGE_CODE

    def url(self, obj: Consultation) -> str:
        """Return its page."""
        return url_of(obj)

    def organisation(self, obj: Consultation) -> Any:
        """Return its body."""
        return obj.organisation
