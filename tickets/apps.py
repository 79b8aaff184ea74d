"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketsConfig(AppConfig):
    """Support: help articles."""

    name = "tickets"
    label = "tickets"
    verbose_name = _("Support")

    def ready(self) -> None:
        """Register what the areas offer."""
        _offer_articles()


def _offer_articles() -> None:
    from portal import registry
    from tickets.kinds.articles import ArticleKind
    from tickets.kpis import articles as kpis
    from tickets.management import demo_articles
    from tickets.selectors import articles, similar
    from tickets.services import answers

    registry.kinds.register("article", ArticleKind())
    registry.similar.register("articles", similar.similar_articles)
    registry.personal_data.register(
        "articles",
        registry.PersonalData(
            label=_("Answers about help articles"), export=answers.export_answers, erase=answers.forget_answers
        ),
    )
    registry.inbox.register(
        "articles",
        registry.InboxEntry(
            label=_("Help articles whose translations are behind"),
            url=lambda: reverse("admin:tickets_article_changelist"),
            count=articles.behind_count,
        ),
    )
    registry.navigation.register(
        "support",
        registry.NavigationEntry(
            label=pgettext_lazy("menu", "Support"),
            url=lambda: reverse("articles:home"),
            position=60,
            prefix="help/",
        ),
    )
    registry.demo.register("articles", demo_articles.load)
    registry.recounts.register("articles", answers.drifts)
    kpis.register()
