"""What editors write: pages, questions, choices, lines of tables, and when each is shown.

Codes are what answers, exports and comparisons between rounds hold on to: they are given once, and the database
refuses to change them.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.languages import Translated
from surveys.choices import Operator, QuestionKind, Scale
from surveys.models.surveys import Survey

CODE = RegexValidator(r"^[a-z][a-z0-9_]{0,23}$", _("Small Latin letters, digits and _, beginning with a letter."))


class Part(Translated):
    """Something in an order, with a code of its own."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    code = models.CharField(_("code"), max_length=24, validators=[CODE])

    class Meta:
        abstract = True
        ordering = ["position", "id"]


class Page(Part):
    """Questions that are answered together."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="pages", verbose_name=_("survey"))
    title = models.CharField(_("title"), max_length=150, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown: stands above the questions"))

    class Meta(Part.Meta):
        verbose_name = _("page of a survey")
        verbose_name_plural = _("pages of a survey")
        constraints = [models.UniqueConstraint(fields=["survey", "code"], name="survey_page_code_once")]

    def __str__(self) -> str:
        return self.title or self.code

    @property
    def organisation_id(self) -> int:
        """The body in whose trail its changes stand."""
        return self.survey.organisation_id


class Question(Part):
    """One question. Its code is unique in the whole survey, so that it may move to another page."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="questions", verbose_name=_("survey"))
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="questions", verbose_name=_("page"))
    kind = models.CharField(_("kind"), max_length=12, choices=QuestionKind.choices)
    title = models.TextField(_("question"), max_length=500)
    help = models.TextField(_("help"), max_length=500, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)
    minimum = models.DecimalField(_("at least"), max_digits=18, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(_("at most"), max_digits=18, decimal_places=6, null=True, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0)
    earliest = models.DateField(_("earliest"), null=True, blank=True)
    latest = models.DateField(_("latest"), null=True, blank=True)
    scale = models.CharField(_("words of the scale"), max_length=12, choices=Scale.choices, blank=True)
    is_random = models.BooleanField(_("in random order"), default=False)

    class Meta(Part.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["survey", "code"], name="survey_question_code_once"),
            models.CheckConstraint(condition=Q(decimals__lte=6), name="survey_question_decimals"),
            models.CheckConstraint(
                condition=Q(minimum=None) | Q(maximum=None) | Q(minimum__lte=models.F("maximum")),
                name="survey_question_bounds",
                violation_error_message=_("This lies below the other bound."),
            ),
            models.CheckConstraint(
                condition=Q(earliest=None) | Q(latest=None) | Q(earliest__lte=models.F("latest")),
                name="survey_question_days",
                violation_error_message=_("This lies below the other bound."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    @property
    def organisation_id(self) -> int:
        """The body in whose trail its changes stand."""
        return self.survey.organisation_id


class Option(Part):
    """A choice, or one of those that every line of a table offers."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options", verbose_name=_("question"))
    label = models.CharField(_("words"), max_length=200)
    is_other = models.BooleanField(_("“other”, with a line to write in"), default=False)
    is_exclusive = models.BooleanField(_("goes with no other"), default=False)
    is_anchored = models.BooleanField(_("keeps its place in a random order"), default=False)

    class Meta(Part.Meta):
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [models.UniqueConstraint(fields=["question", "code"], name="survey_option_code_once")]

    def __str__(self) -> str:
        return self.label or self.code


class Row(Part):
    """A line of a table of choices."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rows", verbose_name=_("question"))
    label = models.CharField(_("words"), max_length=200)
    is_anchored = models.BooleanField(_("keeps its place in a random order"), default=False)

    class Meta(Part.Meta):
        verbose_name = _("line of a table")
        verbose_name_plural = _("lines of a table")
        constraints = [models.UniqueConstraint(fields=["question", "code"], name="survey_row_code_once")]

    def __str__(self) -> str:
        return self.label or self.code


class Condition(models.Model):
    """One comparison of a show-if rule. Those of one ``alternative`` must all hold; one alternative suffices.

    The source is named by its code, which never changes; ``value`` is the code of an option, a number, an ISO date or
    a text, ``row`` the code of a line of a table.
    """

    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, null=True, blank=True, related_name="conditions", verbose_name=_("page")
    )
    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, null=True, blank=True, related_name="conditions", verbose_name=_("question")
    )
    alternative = models.PositiveSmallIntegerField(_("alternative"), default=1)
    source = models.CharField(_("earlier question"), max_length=24)
    row = models.CharField(_("line"), max_length=24, blank=True)
    operator = models.CharField(_("comparison"), max_length=10, choices=Operator.choices)
    value = models.CharField(_("value"), max_length=200)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["alternative", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(page=None, question__isnull=False) | Q(page__isnull=False, question=None),
                name="survey_condition_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.operator} {self.value}"
