"""allauth's door to the portal: its mail goes through the outbox, its redirects stay on the site."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts import services as accounts
from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from portal.accounts.rules import needs_second_factor
from portal.accounts.services import factors
from portal.messaging.emails import render
from portal.messaging.services import post

# What allauth tells of by mail on its own account; the rest the services tell.
NOTICES = {"password_changed", "password_set", "password_reset"}


class AccountAdapter(DefaultAccountAdapter):
    """What allauth does differently here."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is not active."),
        "cannot_remove_primary_email": _("You cannot remove the address you sign in with."),
        "duplicate_email": _("This address is already among yours."),
        "email_password_mismatch": _("The e-mail address or the password is not right. Please check both."),
        "email_taken": _("This address cannot be used. Please choose another one."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "invalid_login": _("The e-mail address or the password is not right. Please check both."),
        "invalid_password_reset": _("This link is no longer valid."),
        "rate_limited": _("Too many attempts. Please try again in a few minutes."),
        "same_as_current": _("This is your address already."),
        "too_many_login_attempts": _("Too many attempts. Please try again in a few minutes."),
        "unverified_primary_email": _("Please confirm this address first."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to the outbox, in the language of whoever has the address, else in that of the page."""
        name = template_prefix.rpartition("/")[2]
        person = context.get("user") or Person.objects.filter(email_key=email_key(email)).first()
        if person is not None and not person.is_active:
            return
        language = person.language if person else get_language() or settings.LANGUAGE_CODE
        known = {field: context[field] for field in ("key", "uid", "then") if field in context}
        known |= context.get("facts", {})
        post(
            person,
            address=email,
            template=f"account/{name}",
            rendered=render(f"account/mail/{name}", language, {**known, "recipient": person}),
            language=language,
        )

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell of a changed password, without the address and the browser from which it was."""
        if template_prefix.rpartition("/")[2] in NOTICES:
            self.send_mail(template_prefix, email or user.email, {"user": user})

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of the account, at the address they gave us, however the new one is spelt."""
        person = Person.objects.filter(email_key=email_key(email)).first()
        self.send_mail("account/email/account_already_exists", person.email if person else email, {"user": person})

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Send the link, and with it the page to which the person was on the way."""
        name = "email_confirmation_signup" if signup else "email_confirmation"
        found = {"user": emailconfirmation.email_address.user, "key": emailconfirmation.key}
        after = get_next_redirect_url(request)
        if after:
            found["then"] = urlencode({"then": after})
        self.send_mail(f"account/email/{name}", emailconfirmation.email_address.email, found)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address; one whose mailbox has another account by now is refused kindly."""
        try:
            with transaction.atomic():
                confirmed = super().confirm_email(request, email_address)
                if confirmed:
                    accounts.confirm_address(email_address.user)
                return confirmed
        except IntegrityError:
            messages.error(request, gettext("This address cannot be used. Please choose another one."))
            return False

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Lead to sign-in and from there to the page to which the person was on the way at sign-up."""
        after = self.request.GET.get("then", "")
        after = after if self.is_safe_url(after) else ""
        if self.request.user.is_authenticated:
            return after or reverse("accounts:profile")
        return f"{reverse('account_login')}?{urlencode({'next': after})}" if after else reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the profile."""
        return reverse("accounts:profile")

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: no host at all, so that no spelling of another one slips through."""
        return bool(url) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Every answer is a page, whatever the request asks for: one path to keep equal for all addresses."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password before an address is changed: an open session on a shared computer is not enough."""
        return True

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask who has a second factor for that one: with the password alone nobody may take it away."""
        methods = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"] != "reauthenticate"]
        return by_factor if by_factor and factors.has_factor(user) else methods

    def post_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> HttpResponse:
        """Lead staff without a second factor to where they set one up, and from there on their way."""
        response = super().post_login(request, user, **kwargs)
        if needs_second_factor(user) and not factors.has_factor(user):
            request.session[factors.AFTER_FACTOR] = response["Location"]
            response = redirect("mfa_index")
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the visitor's address, which the portal's first middleware has worked out."""
        return request.META.get("REMOTE_ADDR", "")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing here: axes counts failures by address and name, and so locks nobody out from afar."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Give axes the name under which it counts."""
        return super().authenticate(request or context.request, login=credentials.get("email"), **credentials)
