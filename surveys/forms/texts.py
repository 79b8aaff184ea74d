"""What staff choose to read among the texts of a survey."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.selectors.texts import Chosen


class TextsForm(forms.Form):
    """The bar above the texts. What is not there, or not of this survey, counts for nothing."""

    words = forms.CharField(label=_("Words"), required=False, max_length=100)
    question = forms.ChoiceField(label=_("Question"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    tag = forms.TypedChoiceField(label=_("Tag"), required=False, coerce=int, empty_value=None)
    theme = forms.TypedChoiceField(label=_("Theme"), required=False, coerce=int, empty_value=None)
    after = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: dict[str, list[tuple[Any, Any]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in choices.items():
            self.fields[name].choices = [("", _("All")), *offered]

    def chosen(self) -> Chosen:
        """Return what was chosen, without what is wrong."""
        self.is_valid()
        return Chosen(**self.cleaned_data)


def keys_in(values: list[str]) -> list[UUID]:
    """Return the keys among what a form sent."""
    found = []
    for value in values[:200]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
