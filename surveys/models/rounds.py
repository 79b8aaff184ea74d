"""Surveys that are asked again and again: a series, and each of its rounds."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from surveys.choices import Every, RoundState, SeriesState
from surveys.models.surveys import Survey


class Series(models.Model):
    """A survey that is asked every month or quarter, each time as the next round of the last.

    A round begins on ``day`` of the period's first month, from ``begins_on`` on. It is open for ``open_days`` days, and
    its ``audience`` is invited. What is due is read from the rounds there are, never from what the clock did last.
    """

    survey = models.OneToOneField(
        Survey, on_delete=models.PROTECT, related_name="series", verbose_name=_("first round")
    )
    every = models.CharField(_("how often"), max_length=10, choices=Every.choices)
    day = models.PositiveSmallIntegerField(_("day of the month"), default=1)
    begins_on = models.DateField(_("not before"))
    open_days = models.PositiveSmallIntegerField(_("days for which a round is open"), default=14)
    audience = models.CharField(_("who is invited"), max_length=40)
    parameters = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=8, choices=SeriesState.choices, default=SeriesState.ACTIVE)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("series of rounds")
        verbose_name_plural = _("series of rounds")
        constraints = [
            models.CheckConstraint(condition=models.Q(day__gte=1, day__lte=28), name="survey_series_day"),
            models.CheckConstraint(condition=models.Q(open_days__gte=1), name="survey_series_open"),
        ]

    def __str__(self) -> str:
        return str(self.survey)

    @property
    def code(self) -> str:
        """What the trail names it by: that of its first survey."""
        return self.survey.code

    @property
    def organisation_id(self) -> int:
        """The body under which the trail keeps it."""
        return self.survey.organisation_id


class Round(models.Model):
    """What came of one period of a series: at most one, whatever ticks twice.

    ``problems`` say why it was not published.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="rounds", db_index=False)
    period = models.CharField(_("period"), max_length=8)
    survey = models.OneToOneField(Survey, on_delete=models.PROTECT, related_name="round_of", verbose_name=_("survey"))
    state = models.CharField(_("state"), max_length=10, choices=RoundState.choices)
    problems = models.JSONField(default=list)
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["series", "period"], name="survey_round_once")]

    def __str__(self) -> str:
        return f"{self.series_id}: {self.period}"
