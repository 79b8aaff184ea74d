"""Forms about second factors and sessions, and allauth's with our way of counting."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import IdentityCheck, LossReason
from portal.accounts.services import factors
from portal.text import western_digits

NAME_LENGTH = 60


def code_field(label: Any, help_text: Any) -> forms.CharField:
    """Return the field for a code, which telephones fill in by themselves."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "spellcheck": "false"}
    return forms.CharField(label=label, help_text=help_text, max_length=40, widget=forms.TextInput(attributes))


class OurCounting:
    """A code is looked at and used up by our own service, which counts wrong ones by person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(
            _("Code"), _("Six digits from your authenticator app, or one of your recovery codes.")
        )

    def clean_code(self) -> str:
        """Refuse wrong and used codes, and any once there were too many."""
        code = self.cleaned_data["code"]
        try:
            found = factors.accept_code(self.user, code)
        except factors.TooManyCodes:
            text = _("There were too many wrong codes. For safety none is accepted for a quarter of an hour.")
            raise ValidationError(text, code="too_many") from None
        if found is None:
            text = _("This code is not right, or it has been used already. Please wait for the next one.")
            raise ValidationError(text, code="wrong")
        found.user = self.user
        self.authenticator = found
        return code


class CodeForm(OurCounting, allauth_forms.AuthenticateForm):
    """The second factor at sign-in."""


class CodeAgainForm(OurCounting, allauth_forms.ReauthenticateForm):
    """The second factor once more."""


class Steady:
    """What a browser never sends is refused like a passkey that does not fit: allauth's parts break on some of it."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey that signed."""
        try:
            return super().clean_credential()
        except (ValueError, TypeError, KeyError, AttributeError):
            raise get_adapter().validation_error("incorrect_code") from None


class PasskeyGivenForm(Steady, passkey_forms.AuthenticateWebAuthnForm):
    """The second factor at sign-in."""


class PasskeyAgainForm(Steady, passkey_forms.ReauthenticateWebAuthnForm):
    """The second factor once more."""


class PasskeySignInForm(Steady, passkey_forms.LoginWebAuthnForm):
    """Both factors in one."""


class AppForm(forms.Form):
    """The first code of a new authenticator app."""

    code = code_field(_("Code"), _("Six digits, as the app shows them now."))

    def clean_code(self) -> str:
        """Take digits of any script, in groups or not."""
        return "".join(western_digits(self.cleaned_data["code"]).split())


class PasskeyForm(forms.Form):
    """A new passkey, made by the browser."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=NAME_LENGTH,
        help_text=_("By which you recognise it later, such as “My telephone”."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    credential = forms.JSONField(widget=forms.HiddenInput)


class LostFactorForm(forms.Form):
    """Why an administrator removes somebody's factors, and how they made sure who asks."""

    reason = forms.ChoiceField(label=_("Reason"), choices=LossReason.choices, widget=forms.RadioSelect)
    check = forms.ChoiceField(
        label=_("How do you know that it is the person who asks?"),
        choices=IdentityCheck.choices,
        widget=forms.RadioSelect,
    )
