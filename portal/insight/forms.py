"""The form by which a manager asks for a report."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.insight.models import ReportNote
from portal.insight.rules import may_report_on_all, reporting_bodies
from portal.insight.selectors import months_up_to, parse_month, this_month
from portal.insight.services import NOTE_MAX_LENGTH
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


class NoteForm(forms.Form):
    """The note of a month, in the language its author writes; empty it to take the note out of reports."""

    language = forms.ChoiceField(label=_("Language of the note"), choices=settings.LANGUAGES)
    text = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_MAX_LENGTH,
        help_text=_("What readers should know about these figures. It appears in the report in this language."),
        widget=forms.Textarea(attrs={"rows": 8, "data-counter": True, "dir": "auto"}),
    )
    # The version that was read: whoever did not see the newest one does not write over it.
    based_on = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, newest: ReportNote | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "language": newest.language if newest else get_language(),
            "text": newest.text if newest else "",
            "based_on": newest.number if newest else 0,
        }

    def take_over(self, newest: ReportNote | None) -> None:
        """Tell that somebody else was quicker; what was typed stays, and may be saved over what they wrote."""
        self.data = self.data.copy()
        self.data["based_on"] = newest.number if newest else 0
        self.add_error(
            "text",
            _(
                "Somebody else has changed the note meanwhile: their text is below. Yours is kept here; save it again"
                " to put it in the place of theirs."
            ),
        )
