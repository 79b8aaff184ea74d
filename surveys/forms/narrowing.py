"""What results are narrowed to, as an address or a form says it."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from portal.accounts.choices import OrganisationKind
from surveys.choices import Channel
from surveys.selectors.results_shape import Filters

NAMES = ("language", "channel", "kind", "week", "since", "until")


class NarrowForm(forms.Form):
    """Reads the filters. In guarded results one of them at most, and no span of weeks."""

    version = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    language = forms.ChoiceField(required=False, choices=[("", ""), *settings.LANGUAGES])
    channel = forms.ChoiceField(required=False, choices=[("", ""), *Channel.choices])
    kind = forms.ChoiceField(required=False, choices=[("", ""), *OrganisationKind.choices])
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def __init__(self, data: Any, *, is_guarded: bool) -> None:
        super().__init__(data)
        self.is_guarded = is_guarded

    def clean(self) -> dict[str, Any]:
        """Hold the filters together."""
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last week lies before the first."))
        given = [name for name in NAMES if cleaned.get(name)]
        if self.is_guarded and (len(given) > 1 or since or until):
            self.add_error(None, _("These results are narrowed by one thing at a time, in whole weeks."))
        return cleaned

    @property
    def filters(self) -> Filters:
        """What is wanted; everything where it cannot be read."""
        if not self.is_valid():
            return Filters()
        return Filters(**{name: self.cleaned_data[name] or _nothing(name) for name in NAMES})

    @property
    def number(self) -> int | None:
        """The version wanted, None for the last."""
        self.is_valid()
        return self.cleaned_data.get("version")

    @property
    def told(self) -> list[dict[str, str]]:
        """What is wrong, for the summary at the head of the page."""
        if self.is_valid():
            return []
        return [
            {"text": text, "target": f"by-{name}" if name in ("since", "until") else "narrow"}
            for name, texts in self.errors.items()
            for text in texts
        ]


def _nothing(name: str) -> date | str | None:
    return "" if name in ("language", "channel", "kind") else None
