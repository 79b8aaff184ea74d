"""The app, and what it offers to the ground floor."""

from functools import partial

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Named here as well as in the pages themselves, so that the footer needs no query.
FOOTER = {
    "participation-policy": _("Participation policy"),
    "moderation-policy": _("Moderation policy"),
    "privacy": _("Privacy"),
    "accessibility": _("Accessibility statement"),
    "service-commitments": _("Service commitments"),
    "about": _("About Sawt"),
    "contact": _("Contact"),
}


class PagesConfig(AppConfig):
    """Pages."""

    name = "portal.pages"
    label = "pages"
    verbose_name = _("Pages")

    def ready(self) -> None:
        """Offer the footer's links, the starting pages and topics, and the demonstration's services."""
        from portal import registry
        from portal.pages import demo, kpis, selectors
        from portal.pages.services import load_starters

        for position, (key, label) in enumerate(FOOTER.items(), start=1):
            entry = registry.NavigationEntry(
                label=label,
                url=partial(reverse, "pages:page", args=[key]),
                position=position * 10,
                section="footer",
                prefix=f"about/{key}/",
            )
            registry.navigation.register(f"pages.{key}", entry)
        _offer_work()
        registry.turns.register("announcements", selectors.next_turn)
        registry.offers.register("announcements", selectors.offers)
        registry.navigation.register(
            "announcements",
            registry.NavigationEntry(
                label=_("Announcements"),
                url=lambda: reverse("announcements:list"),
                position=65,
                section="footer",
                prefix="announcements/",
            ),
        )
        registry.starters.register("pages", load_starters)
        registry.demo.register("pages", demo.load)
        kpis.register()
        _offer_judging()


def _offer_judging() -> None:
    from portal import registry
    from portal.pages.selectors import judged, judging
    from portal.pages.services.judging import drifts
    from portal.registry.judged import judged_pages

    for kind, entry in (
        ("page", judged.PAGES),
        (judging.SERVICE, judged.SERVICES),
        ("announcement", judged.ANNOUNCEMENTS),
        ("hours", judged.HOURS),
    ):
        judged_pages.register(kind, entry)
    registry.recounts.register("judgements", drifts)
    registry.inbox.register(
        "pages.remarks",
        registry.InboxEntry(
            _("Remarks on pages and services"),
            lambda: f"{reverse('admin:pages_remark_changelist')}?state__exact=new",
            judging.new_remarks,
            judging.first_new_remarks,
        ),
    )
    registry.navigation.register(
        "services",
        registry.NavigationEntry(
            label=_("Services"),
            url=lambda: reverse("services:list"),
            position=52,
            section="footer",
            prefix="services/",
        ),
    )


def _offer_work() -> None:
    from portal import registry
    from portal.pages import selectors

    listed = partial(reverse, "admin:pages_page_changelist")
    for key, label, count, first in (
        ("pages.review", _("Pages to review"), selectors.to_review, selectors.first_to_review),
        (
            "pages.texts",
            _("Pages with texts missing or behind"),
            selectors.wanting_texts,
            selectors.first_wanting_texts,
        ),
    ):
        registry.inbox.register(key, registry.InboxEntry(label, listed, count, first))
