"""What staff fill in to decide about a held message."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.choices import DISCARD_REASONS
from tickets.forms.desk import ReferenceForm


class IntoForm(ReferenceForm):
    """The request that a message belongs to."""

    reference = forms.CharField(
        label=_("Reference of the request"),
        max_length=40,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
    )


class DiscardForm(forms.Form):
    """Why nothing becomes of it."""

    why = forms.ChoiceField(
        label=_("Why does nothing become of it?"),
        choices=[(each.value, each.label) for each in DISCARD_REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose from the list.")},
    )
