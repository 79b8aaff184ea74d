"""States of help articles with the table of who may move to where, and why an article was of no use."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ArticleState(models.TextChoices):
    """Where a help article stands."""

    DRAFT = "draft", pgettext_lazy("help article", "Draft")
    PUBLISHED = "published", pgettext_lazy("help article", "Published")
    RETIRED = "retired", pgettext_lazy("help article", "Retired")


# What was public once never becomes a draft again: links lead to it.
ARTICLE_MOVES = {
    ArticleState.DRAFT: (ArticleState.PUBLISHED,),
    ArticleState.PUBLISHED: (ArticleState.RETIRED,),
    ArticleState.RETIRED: (ArticleState.PUBLISHED,),
}


class Reason(models.TextChoices):
    """Why a reader found an article of no use."""

    ELSEWHERE = "elsewhere", _("It is not what I was looking for")
    MISSING = "missing", _("Something I need is missing")
    UNCLEAR = "unclear", _("It is hard to understand")
    OUTDATED = "outdated", _("It is out of date or wrong")
    LANGUAGE = "language", _("The translation is poor or missing")
    FAILED = "failed", _("I did what it says and it did not work")
