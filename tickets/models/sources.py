"""Which request a help article was drafted from: for staff alone, and apart from what everybody reads."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.articles import Article
from tickets.models.tickets import Ticket


class ArticleSource(models.Model):
    """An article was drafted from an answered request: one article for each request."""

    article = models.OneToOneField(Article, on_delete=models.PROTECT, related_name="source")
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="article_source")
    drafted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("source of a help article")
        verbose_name_plural = _("sources of help articles")

    def __str__(self) -> str:
        return f"{self.article_id}: {self.ticket_id}"
