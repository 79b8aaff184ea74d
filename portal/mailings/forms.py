"""Looking up an address on the suppression list, and taking it off."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LookUpForm(forms.Form):
    """An address; whether it is on the list is found by its hash."""

    address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )


class LiftForm(LookUpForm):
    """The address again, and why it is written to from now on."""

    address = forms.EmailField(max_length=254, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("For example: the owner asked for it by telephone, and their mailbox takes mail again."),
    )
