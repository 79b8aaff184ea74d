"""What staff and the machine find in the texts that people wrote, and work that is done behind the page."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from portal.files.models import StoredFile
from surveys.choices import WAITING_JOBS, JobKind, JobState
from surveys.models.answers import Answer
from surveys.models.surveys import Survey


class Tag(models.Model):
    """A word that staff of a survey put on texts by hand. ``key`` is the name as ``portal.text.fold`` writes it."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="tags", verbose_name=_("survey"))
    name = models.CharField(_("tag"), max_length=40)
    key = models.CharField(max_length=80, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["survey", "key"], name="survey_tag_once")]

    def __str__(self) -> str:
        return self.name


class TaggedText(models.Model):
    """That a text has a tag."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="texts", verbose_name=_("tag"))
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="tagged", verbose_name=_("text"))

    class Meta:
        verbose_name = _("tagged text")
        verbose_name_plural = _("tagged texts")
        constraints = [models.UniqueConstraint(fields=["tag", "answer"], name="survey_tagged_once")]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.answer_id}"


class Theme(models.Model):
    """A group of texts to one question in one language that use the same words, found by the machine.

    ``terms`` are the words that speak for it; ``name`` is what staff call it. One that staff dismissed is kept, so that
    it is known again when themes are looked for anew.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="themes", verbose_name=_("survey"))
    question = models.CharField(_("question"), max_length=24)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    terms = models.JSONField(_("words that speak for it"), default=list)
    count = models.PositiveIntegerField(_("texts"), default=0)
    name = models.CharField(_("name"), max_length=80, blank=True)
    is_dismissed = models.BooleanField(_("dismissed"), default=False)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["question", "language", "-count", "id"]

    def __str__(self) -> str:
        return self.name or " · ".join(self.terms)


class ThemedText(models.Model):
    """That a text belongs to a theme; the one that speaks for it most has place 1."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="texts", verbose_name=_("theme"))
    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="themed", verbose_name=_("text"))
    place = models.PositiveIntegerField(_("place"))

    class Meta:
        verbose_name = _("text of a theme")
        verbose_name_plural = _("texts of themes")

    def __str__(self) -> str:
        return f"{self.theme_id}: {self.answer_id}"


class Job(models.Model):
    """Work on a survey's answers that takes longer than a page may: looking for themes, making a PDF.

    ``told`` is what came of it beside rows and file: of themes, how many were found in how many texts, by question and
    language.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="jobs", verbose_name=_("survey"))
    kind = models.CharField(_("kind"), max_length=8, choices=JobKind.choices)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    told = models.JSONField(default=list)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("work on a survey")
        verbose_name_plural = _("work on surveys")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "kind", "language"],
                condition=Q(state__in=WAITING_JOBS),
                name="survey_job_waiting_once",
            )
        ]
        indexes = [models.Index(fields=["state"], condition=Q(state__in=WAITING_JOBS), name="survey_job_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.survey_id}: {self.state}"

    @property
    def is_waiting(self) -> bool:
        """True until it is done or has failed."""
        return self.state in WAITING_JOBS
