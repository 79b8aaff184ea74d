"""The form by which a manager asks for a report."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.insight.rules import may_report_on_all, reporting_bodies
from portal.insight.selectors import months_up_to, parse_month, this_month
from portal.text import localised

MONTHS_OFFERED = 24
ALL_BODIES = "all"


class ReportForm(forms.Form):
    """Month (the last 24, the running one too), body (those the person manages) and language."""

    month = forms.ChoiceField(label=_("Month"))
    body = forms.ChoiceField(label=_("Body"))
    language = forms.ChoiceField(label=_("Language of the report"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bodies = {body.code: body for body in reporting_bodies(user)}
        months = reversed(months_up_to(this_month(), MONTHS_OFFERED))
        self.fields["month"].choices = [
            (f"{month:%Y-%m}", formats.date_format(month, "YEAR_MONTH_FORMAT")) for month in months
        ]
        everything = [(ALL_BODIES, _("All bodies"))] if may_report_on_all(user) else []
        self.fields["body"].choices = everything + [
            (code, localised(body, "name")[0] or code) for code, body in self._bodies.items()
        ]
        self.initial.setdefault("month", self._last_full_month())
        self.initial.setdefault("language", get_language())

    def clean_month(self) -> date:
        """Return the first day of the month chosen."""
        return parse_month(self.cleaned_data["month"])

    def clean_body(self) -> Organisation | None:
        """Return the body chosen, None for all of them together."""
        return self._bodies.get(self.cleaned_data["body"])

    def _last_full_month(self) -> str:
        return f"{months_up_to(this_month(), 2)[0]:%Y-%m}"
