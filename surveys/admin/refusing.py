"""Forms of the admin that give back what was typed when a service refuses it."""

from typing import Any

from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from surveys.services.refusals import SurveyRefused

_WHY = "_why_refused"


class Refusing:
    """Admins whose form is shown again, with what was typed and why it was refused."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Take everything back that was written before the refusal, and show the form anew."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except SurveyRefused as refusal:
            setattr(request, _WHY, refusal.problems)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> type[ModelForm]:
        """Let the form tell what was refused."""
        form = super().get_form(request, obj, **kwargs)
        problems = getattr(request, _WHY, ())
        if not problems:
            return form

        class Refused(form):
            def clean(self) -> dict[str, Any]:
                cleaned = super().clean()
                for problem in problems:
                    self.add_error(None, problem)
                return cleaned

        return Refused
