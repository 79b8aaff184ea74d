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
        from newsletter import kpis
        from newsletter.management import demo
        from newsletter.selectors import archive, audience, mailing, personal, sequels
        from newsletter.services import erasure, housekeeping, subscribing
        from portal import registry
        from portal.registry.audiences import audiences
        from portal.registry.judged import judged_pages

        audiences.register("subscribers", audience.SUBSCRIBERS)
        registry.mailings.register(
            subscribing.PURPOSE,
            registry.MailingPurpose(
                label=_("Monday newsletter"),
                list_id="monday",
                leave_path=mailing.leave_path,
                tokens=mailing.tokens,
                ended=subscribing.end,
                personal=sequels.personal_parts,
            ),
        )
        registry.personal_data.register(
            "newsletter",
            registry.PersonalData(
                _("Monday newsletter"), export=personal.subscriptions_of, erase=erasure.erase_subscriptions_of
            ),
        )
        registry.starters.register("newsletter", housekeeping.start_list)
        registry.demo.register("newsletter", demo.load)
        kpis.register()
        judged_pages.register("newsletter", archive.JUDGED)
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
        _offer_subscribing()
        _offer_watching()
        _offer_account()


def _offer_subscribing() -> None:
    from portal import registry

    registry.navigation.register(
        "newsletter.subscribe",
        registry.NavigationEntry(
            label=_("Subscribe to the Monday newsletter"),
            url=lambda: reverse("newsletter:subscribe"),
            position=10,
            section="invitation",
            title=_("Monday newsletter"),
            about=_("What is open, what was decided, and what became of it: every Monday, in your language."),
        ),
    )


def _offer_watching() -> None:
    from newsletter.selectors import watching
    from portal import registry
    from portal.registry.watched import Gauge, gauges

    gauges.register("canary_alarms", Gauge("Copies of canaries that did not arrive", watching.open_alarms))
    registry.inbox.register(
        "canaries",
        registry.InboxEntry(
            label=_("Newsletter copies that did not arrive"),
            url=lambda: f"{reverse('admin:newsletter_canaryalarm_changelist')}",
            count=watching.inbox_count,
            first=watching.inbox_first,
        ),
    )


def _offer_account() -> None:
    from newsletter.selectors import members
    from portal import registry
    from portal.registry.notices import besides

    besides.register("newsletter", members.besides)
    registry.navigation.register(
        "newsletter.mine",
        registry.NavigationEntry(
            label=_("What I receive"),
            url=lambda: reverse("newsletter:mine"),
            position=30,
            section="account",
            prefix="newsletter/mine/",
        ),
    )
