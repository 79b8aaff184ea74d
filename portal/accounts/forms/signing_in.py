"""allauth's forms in our words: its own catalogue has neither our tone nor every sentence in our languages."""

from typing import Any

from allauth.account import forms as allauth_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from portal.accounts.querysets import email_key

LABELS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}
PASSWORD_HELP = _("At least 10 characters; not a common password, and nothing like your e-mail address.")


def storable(address: str) -> None:
    """Refuse an address whose canonical form is longer than an address can be: some letters stand for many."""
    if len(email_key(address)) > Person._meta.get_field("email_key").max_length:
        raise ValidationError(_("Enter a valid email address."), code="invalid")


class OurWords:
    """Labels and help of ours; no placeholders, which vanish just when one needs them."""

    labels = LABELS
    new_password_help = PASSWORD_HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            if name in self.fields:
                field = self.fields[name]
                field.label = label
                field.help_text = self.new_password_help if name == "password1" else ""
                field.widget.attrs.pop("placeholder", None)
                # Addresses and passwords are written from the left on every page.
                field.widget.attrs["dir"] = "ltr"
        if "email" in self.fields:
            self.fields["email"].validators.append(storable)


class SignInForm(OurWords, allauth_forms.LoginForm):
    """Address and password."""


class SignUpForm(OurWords, allauth_forms.SignupForm):
    """Address, password and ``SignUpDetails``."""

    labels = {**LABELS, "password1": _("Password")}


class ChangePasswordForm(OurWords, allauth_forms.ChangePasswordForm):
    """The old password and the new one."""


class SetPasswordForm(OurWords, allauth_forms.SetPasswordForm):
    """A first password."""


class ResetPasswordForm(OurWords, allauth_forms.ResetPasswordForm):
    """The address to which the link goes."""


class ResetPasswordKeyForm(OurWords, allauth_forms.ResetPasswordKeyForm):
    """The new password after following the link."""


class ReauthenticateForm(OurWords, allauth_forms.ReauthenticateForm):
    """The password once more."""
