"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class NewsletterConfig(AppConfig):
    """The Monday newsletter: who is written to, and what they are sent."""

    name = "newsletter"
    label = "newsletter"
    verbose_name = _("Monday newsletter")

    def ready(self) -> None:
        """Register what the area offers."""
        from newsletter.selectors import mailing, personal
        from newsletter.services import erasure, housekeeping, subscribing
        from portal import registry

        registry.mailings.register(
            subscribing.PURPOSE,
            registry.MailingPurpose(
                label=_("Monday newsletter"),
                list_id="monday",
                leave_path=mailing.leave_path,
                tokens=mailing.tokens,
                ended=subscribing.end,
            ),
        )
        registry.personal_data.register(
            "newsletter",
            registry.PersonalData(
                _("Monday newsletter"), export=personal.subscriptions_of, erase=erasure.erase_subscriptions_of
            ),
        )
        registry.starters.register("newsletter", housekeeping.start_list)
        registry.navigation.register(
            "newsletter",
            registry.NavigationEntry(
                label=_("Monday newsletter"),
                url=lambda: reverse("newsletter:archive"),
                position=70,
                section="footer",
                prefix="newsletter/",
            ),
        )
