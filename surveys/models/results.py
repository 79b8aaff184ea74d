"""What of the results everybody sees once they are published, where it differs from the rule."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from surveys.models.answers import Answer
from surveys.models.surveys import Survey


class PublicQuestion(models.Model):
    """Whether staff let a question's results be public. Without a row those with choices or points are."""

    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="public_questions", verbose_name=_("survey")
    )
    question = models.CharField(_("question"), max_length=24)
    is_public = models.BooleanField(_("public"))

    class Meta:
        verbose_name = _("choice of public results")
        verbose_name_plural = _("choices of public results")
        constraints = [models.UniqueConstraint(fields=["survey", "question"], name="survey_public_question_once")]

    def __str__(self) -> str:
        return f"{self.question}: {self.is_public}"


class Quote(models.Model):
    """A text answer that staff read and chose to show; it goes when the choice is taken back."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="quote", verbose_name=_("answer"))
    chosen_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("chosen by"))
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now)

    class Meta:
        verbose_name = _("quoted answer")
        verbose_name_plural = _("quoted answers")

    def __str__(self) -> str:
        return str(self.answer_id)
