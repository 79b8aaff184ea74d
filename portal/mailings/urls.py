"""Where the provider of mail tells what came back: the address of that one provider, and only with a secret."""

from anymail.urls import urlpatterns as of_all
from django.conf import settings

# Those that sign always cannot be heard without their key.
_SIGNING = {"mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY"}


def _is_agreed(provider: str) -> bool:
    key = _SIGNING.get(provider)
    return bool(provider and settings.ANYMAIL["WEBHOOK_SECRET"] and (key is None or settings.ANYMAIL[key]))


def addresses(provider: str) -> list:
    """Return the address of this provider, if everything is agreed with it."""
    name = f"{provider}_tracking_webhook"
    return [one for one in of_all if one.name == name] if _is_agreed(provider) else []


urlpatterns = addresses(settings.MAIL_PROVIDER)
