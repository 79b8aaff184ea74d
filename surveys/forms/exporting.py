"""What staff choose before they take answers away."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from surveys.selectors.exporting import Wanted

KINDS = [
    ("xlsx", _("XLSX: for programs for tables, the codebook on a second sheet")),
    ("csv", _("CSV: one plain table, for everything that reads tables")),
    ("json", _("JSON: for programs, the codebook included")),
]
HEADS = [
    ("codes", _("Codes, which never change")),
    ("both", _("Codes, and the words of the questions in a second row")),
    ("labels", _("Words instead of codes, those of the choices too")),
]


class ExportForm(forms.Form):
    """Which file. ``numbers`` are the versions there are; names are offered to those who may take them."""

    kind = forms.ChoiceField(label=_("File"), choices=KINDS, widget=forms.RadioSelect, initial="xlsx")
    version = forms.TypedChoiceField(label=_("Version"), coerce=int, empty_value=None, required=False)
    heads = forms.ChoiceField(label=_("Head of the table"), choices=HEADS, widget=forms.RadioSelect, initial="codes")
    language = forms.ChoiceField(label=_("Language of the words"), choices=settings.LANGUAGES)
    with_names = forms.BooleanField(
        label=_("With names, addresses, times and files"),
        required=False,
        help_text=_("That you took them along stands in the trail. Keep the file as you keep the names."),
    )

    def __init__(self, *args: Any, numbers: list[int], may_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(number, _("Version %(version)s") % {"version": number}) for number in numbers]
        self.fields["version"].choices = [("", _("All versions, told apart in a column")), *named]
        self.fields["language"].initial = get_language()
        if not may_name:
            del self.fields["with_names"]

    def wanted(self) -> Wanted:
        """Return what was chosen."""
        chosen = self.cleaned_data
        return Wanted(chosen["heads"], chosen["language"], chosen["version"], chosen.get("with_names", False))
