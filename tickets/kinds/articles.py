"""Help articles, as the ground floor sees them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.registry import Kind
from portal.text import localised
from tickets.models import Article


class ArticleKind(Kind):
    """A help article that a body publishes."""

    name = "article"
    label = _("Help article")

    def get(self, key: str) -> Article | None:
        """Return the published article of this code."""
        return Article.objects.public().select_related("organisation").filter(code=key).first()

    def title(self, obj: Article) -> str:
        """Return its title in the active language, or another."""
        return localised(obj, "title")[0]

    def text(self, obj: Article) -> str:
        """Return its summary."""
        return localised(obj, "summary")[0]

    def language(self, obj: Article) -> str:
        """Return the language of the summary shown."""
        return localised(obj, "summary")[1]

    def url(self, obj: Article) -> str:
        """Return its page."""
        return obj.get_absolute_url()

    def organisation(self, obj: Article) -> Any:
        """Return its body."""
        return obj.organisation
