"""allauth, axes and Django as far as they concern accounts: what they tell is written down, factors are kept locked.

They speak through signals, because nothing else of theirs is called at the moment of the change.
"""

import base64
import hashlib
import logging
from collections.abc import Callable
from typing import Any

import qrcode
from allauth.account import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from axes.signals import user_locked_out
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from portal.accounts import services
from portal.accounts.models import Person
from portal.accounts.services import open_sessions

logger = logging.getLogger("sawt.accounts")

ACTIONS = {
    "person.password_changed": signals.password_changed,
    "person.password_set": signals.password_set,
    "person.password_reset": signals.password_reset,
}


def connect() -> None:
    """Listen from now on; connected a second time, nothing is heard twice."""
    for action, signal in ACTIONS.items():
        signal.connect(_noting(action), weak=False, dispatch_uid=action)
    user_locked_out.connect(_locked_out, dispatch_uid="person.locked_out")
    user_logged_in.connect(_signed_in, dispatch_uid="person.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="person.signed_out")


def _noting(action: str) -> Callable[..., None]:
    def note(sender: Any, *, request: HttpRequest, user: Person, **kwargs: Any) -> None:
        services.note_own_change(user, action=action)
        # A new password is no longer the one that other sessions were made with: they have ended.
        if request.user == user:
            open_sessions.end_others(user, session=request.session, why="password")
        else:
            open_sessions.end_all(user, why="password", by=user)

    return note


def _locked_out(sender: Any, *, username: str | None, **kwargs: Any) -> None:
    services.note_lock_out(username or "")


def _signed_in(sender: Any, *, request: HttpRequest, user: Person, **kwargs: Any) -> None:
    open_sessions.begin(user, session=request.session, user_agent=request.META.get("HTTP_USER_AGENT", ""))


def _signed_out(sender: Any, *, request: HttpRequest, **kwargs: Any) -> None:
    open_sessions.forget(request.session)


class FactorAdapter(DefaultMFAAdapter):
    """What allauth does differently here with second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This did not work. Please try again."),
        "unverified_email": _("Please confirm your e-mail address first."),
    }

    def get_totp_issuer(self) -> str:
        """Name the portal as apps list it: by its host, so that two portals are told apart."""
        return f"Sawt {self._get_site_name()}"

    def build_totp_svg(self, url: str) -> str:
        """Draw the picture on white, so that cameras read it in dark mode as well."""
        return qrcode.make(url, image_factory=SvgPathFillImage, border=2).to_string(encoding="unicode")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal as the browser shows it when it asks for a passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": "Sawt"}

    def encrypt(self, text: str) -> str:
        """Lock a secret, so that nobody can use what a copy of the database tells."""
        return _locks().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Unlock a secret; of one that no key opens nothing is known, so that no code can be right."""
        try:
            return _locks().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.warning("A second factor cannot be unlocked: SECRET_KEY has changed. See SECRET_KEY_FALLBACKS.")
            return generate_totp_secret()


def _locks() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"second factor:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
