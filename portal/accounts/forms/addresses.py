"""The form for a new e-mail address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accounts.forms.signing_in import storable
from portal.accounts.models import Person


class NewAddressForm(forms.Form):
    """Any address but one's own. Whether it has an account is not told."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        validators=[storable],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        """Refuse the address one has, spelt alike; another spelling of it may be meant."""
        address = self.cleaned_data["email"].lower()
        if address == self.person.email.lower():
            raise ValidationError(_("This is your address already."), code="same")
        return address
