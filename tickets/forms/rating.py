"""How a request went, in one choice and perhaps a few words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.services.rating import WORDS_LENGTH

SCORES = [
    ("5", _("Very good")),
    ("4", _("Good")),
    ("3", _("Fair")),
    ("2", _("Poor")),
    ("1", _("Very poor")),
]


class RatingForm(forms.Form):
    """One of five, the best first as people read it."""

    score = forms.ChoiceField(
        label=_("How did we do?"),
        choices=SCORES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the five."), "invalid_choice": _("Choose one of the five.")},
    )
    words = forms.CharField(
        label=_("What should we do better?"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )
