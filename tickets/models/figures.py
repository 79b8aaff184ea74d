"""How articles are read and judged, and what is searched for in vain. Nothing here says who it was."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import Reason
from tickets.models.articles import Article
from tickets.querysets.articles import SearchMissQuerySet


class ArticleReads(models.Model):
    """How often an article was opened in a language on a day."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="reads")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("reads"), default=0)

    class Meta:
        verbose_name = _("reads of a help article")
        verbose_name_plural = _("reads of help articles")
        constraints = [models.UniqueConstraint(fields=["article", "language", "day"], name="article_reads_once")]
        indexes = [models.Index(fields=["day"], name="article_reads_day")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.language} {self.day}"


class ArticleAnswer(models.Model):
    """Useful or not, and why not: one answer for each article and voter.

    ``voter`` is a keyed digest of the article with a session or a person, different for each article: it keeps one
    from answering twice, and leads back to nobody who does not hold the portal's key.
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="answers")
    voter = models.CharField(max_length=64, editable=False)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    is_useful = models.BooleanField(_("useful"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    # A day, not a moment: nothing that could be matched with a log.
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("answer about a help article")
        verbose_name_plural = _("answers about help articles")
        constraints = [
            models.UniqueConstraint(fields=["article", "voter"], name="article_answer_once"),
            models.CheckConstraint(condition=Q(is_useful=False) | Q(reason=""), name="article_answer_reason"),
        ]
        indexes = [models.Index(fields=["day"], name="article_answer_day")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.is_useful}"


class SearchCount(models.Model):
    """How many searches of a day and language found something, and how many found nothing."""

    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    day = models.DateField(_("day"))
    found = models.PositiveIntegerField(_("with results"), default=0)
    missed = models.PositiveIntegerField(_("without result"), default=0)

    class Meta:
        verbose_name = _("searches of a day")
        verbose_name_plural = _("searches by day")
        constraints = [models.UniqueConstraint(fields=["language", "day"], name="search_count_once")]

    def __str__(self) -> str:
        return f"{self.language} {self.day}"


class HelpOutcome(models.Model):
    """How many sessions first opened a help article on a day, and in how many of them a request was sent afterwards.

    “Afterwards” ends with the seventh day after it. Only sessions that were there anyhow are counted: of somebody
    signed in, or of a guest who had begun a request.
    """

    day = models.DateField(_("day"), unique=True)
    readers = models.PositiveIntegerField(_("read help"), default=0)
    asked = models.PositiveIntegerField(_("asked all the same"), default=0)

    class Meta:
        verbose_name = _("what became of readers of help")
        verbose_name_plural = _("what became of readers of help")

    def __str__(self) -> str:
        return str(self.day)


class SearchMiss(models.Model):
    """Words that were searched for and led to nothing, as normalised, with how often: the next article to write."""

    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    words = models.CharField(_("words"), max_length=80)
    count = models.PositiveIntegerField(_("times"), default=1)
    last_at = models.DateTimeField(_("last time"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = SearchMissQuerySet.as_manager()

    class Meta:
        verbose_name = _("search without result")
        verbose_name_plural = _("searches without result")
        ordering = ["-count", "-last_at"]
        constraints = [models.UniqueConstraint(fields=["language", "words"], name="search_miss_once")]
        indexes = [
            models.Index(F("settled_at"), F("count").desc(), F("last_at").desc(), name="search_miss_open"),
            # Which gives way when there are too many.
            models.Index(fields=["language", "count", "last_at"], name="search_miss_least"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def code(self) -> str:
        """The number by which the trail names it: what was typed stays out of a ledger."""
        return str(self.pk)
