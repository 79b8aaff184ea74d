"""Forms of people about themselves.

Nothing of allauth is imported here: it takes ``SignUpDetails`` from this module while its own forms are loading.
"""

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts import services
from portal.accounts.choices import ParticipantKind
from portal.accounts.models import Organisation, Person
from portal.accounts.querysets import email_key
from portal.accounts.rules import organisation_problems
from portal.text import clean_line, is_blank


class NameField(forms.CharField):
    """A name on one line that can be seen and turns nothing beside it round."""

    def to_python(self, value: Any) -> str:
        """Clean the line; a name of invisible characters alone counts as none."""
        name = clean_line(super().to_python(value))
        return "" if is_blank(name) else name


def display_name_field() -> NameField:
    """Return the field for the public name."""
    return NameField(
        label=_("Display name"),
        max_length=Person._meta.get_field("display_name").max_length,
        help_text=_("Shown in public beside what you write. It need not be your real name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )


class SignUpDetails(forms.Form):
    """What is asked at sign-up besides address and password. The language is that of the page."""

    field_order = ("email", "password1", "display_name", "kind", "consent")

    display_name = display_name_field()
    kind = forms.ChoiceField(
        label=_("I take part as"),
        choices=ParticipantKind.choices,
        initial=ParticipantKind.INDIVIDUAL,
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label=_("I agree to the participation policy and have read the privacy page."),
        error_messages={"required": _("To take part, please agree to the participation policy.")},
    )

    def clean(self) -> dict[str, Any]:
        """Take a different spelling of an address that has an account for that address."""
        cleaned = super().clean()
        address = cleaned.get("email")
        if address and Person.objects.filter(email_key=email_key(address)).exists():
            self.account_already_exists = True
        return cleaned

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Complete the account that allauth has just made."""
        services.complete_sign_up(
            user,
            display_name=self.cleaned_data["display_name"],
            kind=self.cleaned_data["kind"],
            language=get_language(),
        )


class ProfileForm(forms.ModelForm):
    """What people tell about themselves."""

    display_name = display_name_field()
    full_name = NameField(
        label=_("Full name"),
        required=False,
        max_length=Person._meta.get_field("full_name").max_length,
        help_text=_("Seen only by the bodies that answer you."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    language = forms.ChoiceField(
        label=_("Language of messages"),
        choices=Person._meta.get_field("language").choices,
        help_text=_("We write to you in this language. Pages stay in the language you read them in."),
    )
    kind = forms.ChoiceField(label=_("I take part as"), choices=ParticipantKind.choices, widget=forms.RadioSelect)

    class Meta:
        model = Person
        fields = ("display_name", "full_name", "language", "kind")


class OrganisationForm(forms.ModelForm):
    """An organisation, in the admin."""

    class Meta:
        model = Organisation
        fields = ("code", "name", "about", "kind", "parent")

    def clean(self) -> dict[str, Any]:
        """Refuse what an organisation cannot be."""
        cleaned = super().clean()
        typed = copy(self.instance)
        for name, value in cleaned.items():
            setattr(typed, name, value)
        for problem in organisation_problems(typed):
            self.add_error(None, problem)
        return cleaned


class ErasureForm(forms.Form):
    """The password once more, since nobody can undo what follows."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Refuse any other password."""
        password = self.cleaned_data["password"]
        if not self.person.check_password(password):
            raise ValidationError(_("This is not your password. Nothing was erased."), code="wrong")
        return password
