"""What the contact of an organisation writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletter.forms.subscribing import own_names


class LanguageForm(forms.Form):
    """The language of one member."""

    language = forms.ChoiceField(
        choices=own_names,
        label=_("Language"),
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose from the list.")},
    )


class MemberForm(LanguageForm):
    """Somebody who is to be asked."""

    email = forms.EmailField(
        max_length=254,
        label=_("E-mail address"),
        widget=forms.EmailInput({"autocomplete": "off", "dir": "ltr"}),
        error_messages={
            "required": _("Write the e-mail address."),
            "invalid": _("Write an e-mail address such as name@example.org."),
        },
    )
    field_order = ("email", "language")
