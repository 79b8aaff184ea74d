"""Where the provider of mail tells what came back: the address of that one provider, and only with a secret."""

from django.conf import settings
from django.urls import path
from django.utils.module_loading import import_string

# One by one: together they load the libraries of providers that nobody here has.
_VIEWS = {
    "mailgun": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "sendgrid": "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
}
# Those that sign always cannot be heard without their key.
_SIGNING = {"mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY"}


def _is_agreed(provider: str) -> bool:
    key = _SIGNING.get(provider)
    return bool(provider and settings.ANYMAIL["WEBHOOK_SECRET"] and (key is None or settings.ANYMAIL[key]))


def addresses(provider: str) -> list:
    """Return the address of this provider, if everything is agreed with it."""
    if not _is_agreed(provider):
        return []
    view = import_string(_VIEWS[provider])
    return [path(f"{provider}/tracking/", view.as_view(), name=f"{provider}_tracking_webhook")]


urlpatterns = addresses(settings.MAIL_PROVIDER)
