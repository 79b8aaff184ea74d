"""What announcements are about."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AnnouncementCategory(models.TextChoices):
    """Categories by which visitors choose what they read."""

    NEWS = "news", pgettext_lazy("announcement", "News")
    SERVICE = "service", pgettext_lazy("announcement", "Changes of services")
    AWARENESS = "awareness", _("Good to know")


class Scale(models.TextChoices):
    """What a judgement says: whether a page was useful (0 or 1), or how many stars a service gets (1 to 5)."""

    USEFUL = "useful", _("Useful or not")
    STARS = "stars", _("Stars")


class Useful(models.IntegerChoices):
    """Values of the first scale."""

    NO = 0, _("Not useful")
    YES = 1, pgettext_lazy("answer about a page", "Useful")


class Stars(models.IntegerChoices):
    """Values of the second, with a word for each."""

    ONE = 1, _("Very poor")
    TWO = 2, _("Poor")
    THREE = 3, _("Neither good nor poor")
    FOUR = 4, _("Good")
    FIVE = 5, _("Very good")


class RemarkReason(models.TextChoices):
    """Why a page was of use, or of none."""

    ELSEWHERE = "elsewhere", _("It is not what I was looking for")
    MISSING = "missing", _("Something I need is missing")
    UNCLEAR = "unclear", _("It is hard to understand")
    OUTDATED = "outdated", _("It is out of date or wrong")
    LANGUAGE = "language", _("The translation is poor or missing")
    BROKEN = "broken", _("Something does not work: a link, a form, a file")
    CLEAR = "clear", _("It is easy to understand")
    COMPLETE = "complete", _("I found all that I was looking for")
    SPARED = "spared", _("It spared me a call or a visit")


REASONS_AGAINST = (
    *(RemarkReason.ELSEWHERE, RemarkReason.MISSING, RemarkReason.UNCLEAR),
    *(RemarkReason.OUTDATED, RemarkReason.LANGUAGE, RemarkReason.BROKEN),
)
REASONS_FOR = (RemarkReason.CLEAR, RemarkReason.COMPLETE, RemarkReason.SPARED)


class RemarkState(models.TextChoices):
    """What editors have done with a remark."""

    NEW = "new", pgettext_lazy("remark", "New")
    READ = "read", pgettext_lazy("remark", "Read")
    DONE = "done", pgettext_lazy("remark", "Done")
