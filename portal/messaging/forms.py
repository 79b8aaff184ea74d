"""Fields by which people say where they are reached."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.text import world_number


class PhoneField(forms.CharField):
    """A telephone number, kept as +966512345678."""

    widget = forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel", "dir": "ltr"})

    def to_python(self, value: Any) -> str:
        """Read it as people write it, with Eastern digits too."""
        text = super().to_python(value)
        if not text:
            return ""
        number = world_number(text)
        if number is None:
            raise forms.ValidationError(_("Write the number with the code of the country, such as +966 5X XXX XXXX."))
        return number
