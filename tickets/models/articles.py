"""Help articles and their categories."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.pages.models import Service
from portal.text import new_code
from tickets.choices import ArticleState
from tickets.querysets.articles import ArticleQuerySet


class ArticleCategory(Translated):
    """What help articles are about: one level, the same for all bodies."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category of help articles")
        verbose_name_plural = _("categories of help articles")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name or self.code

    def get_absolute_url(self) -> str:
        """Return the address in the active language."""
        return reverse("articles:category", args=[self.code])


class Article(Translated):
    """A help article of one body. ``text`` is Markdown; what was published at any time is in ``ArticleVersion``.

    The counters repeat what ``ArticleReads`` and ``ArticleAnswer`` hold, so that lists can be ordered by them.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="articles", verbose_name=_("body")
    )
    category = models.ForeignKey(
        ArticleCategory, on_delete=models.PROTECT, related_name="articles", verbose_name=_("category")
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name=_("service concerned"),
    )
    related = models.ManyToManyField("self", blank=True, verbose_name=_("related articles"))
    title = models.CharField(_("title"), max_length=120, help_text=_("What people would ask or type"))
    summary = models.CharField(_("summary"), max_length=300, help_text=_("The answer in one or two sentences"))
    text = models.TextField(_("text"), help_text=_("Markdown: ## headings, lists, tables, links"))
    state = models.CharField(
        _("state"), max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT, editable=False
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)
    recent_reads = models.PositiveIntegerField(_("reads in 30 days"), default=0, editable=False)
    useful_count = models.PositiveIntegerField(_("useful"), default=0, editable=False)
    useless_count = models.PositiveIntegerField(_("not useful"), default=0, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("help article")
        verbose_name_plural = _("help articles")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ArticleState.DRAFT) | Q(published_at__isnull=False), name="article_public_has_date"
            )
        ]
        indexes = [
            models.Index(fields=["category", "-recent_reads", "id"], name="article_category"),
            models.Index(
                fields=["-recent_reads", "id"], condition=Q(state=ArticleState.PUBLISHED), name="article_most_read"
            ),
            models.Index(fields=["organisation", "-id"], name="article_body"),
        ]

    def __str__(self) -> str:
        return self.title or self.title_ar or self.title_en or self.title_zh_hans or self.code

    def get_absolute_url(self) -> str:
        """Return the address in the active language."""
        return reverse("articles:article", args=[self.code])


class ArticleVersion(Ledger):
    """What a published article said at one time, by column, and which of its texts were behind the others then."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    texts = models.JSONField(_("texts"))
    behind = models.JSONField()
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    saved_by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("version of a help article")
        verbose_name_plural = _("versions of help articles")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="article_version_once")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.number}"
