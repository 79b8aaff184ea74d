"""Definitions of indicators, their monthly snapshots, and reports."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, Person
from portal.files.models import StoredFile
from portal.insight.choices import WAITING_STATES, Direction, ReportState, Unit
from portal.text import new_code


class KpiDefinition(models.Model):
    """What an indicator means, how it is computed, and what it should reach.

    ``source`` is the code of the function in the ``kpis`` registry that measures it; empty where this version
    cannot measure it yet.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    definition = models.TextField(_("definition"))
    formula = models.TextField(_("formula"))
    method = models.TextField(_("collection method"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit.choices)
    direction = models.CharField(_("better"), max_length=6, choices=Direction.choices, default=Direction.NONE)
    target = models.DecimalField(_("target"), max_digits=12, decimal_places=2, null=True, blank=True)
    source = models.CharField(_("measured by"), max_length=40, blank=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    review_on = models.DateField(_("next review"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_public = models.BooleanField(
        _("public"),
        default=False,
        db_default=False,
        help_text=_("Shown with its figures on the statistics page and in the open data."),
    )

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name or self.code


class Snapshot(models.Model):
    """A figure of one month, as last taken. ``organisation`` is None for all bodies together.

    ``position`` keeps the order in which the parts of an indicator were given.
    """

    month = models.DateField(_("month"))
    code = models.CharField(_("indicator"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("body")
    )
    dimension = models.CharField(_("part"), max_length=60, blank=True)
    value = models.FloatField(_("value"), null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    n = models.BigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.UniqueConstraint(
                fields=["month", "code", "organisation", "dimension"], nulls_distinct=False, name="snapshot_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.code}"


class ReportNote(models.Model):
    """What a manager says to a month's figures, in the language it was written in.

    Each change is a further row with the next number; the newest is in force, and an empty one takes the note out.
    """

    month = models.DateField(_("month"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("body")
    )
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    text = models.TextField(_("note"), blank=True)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        verbose_name = _("note on a month")
        verbose_name_plural = _("notes on months")
        constraints = [
            models.UniqueConstraint(
                fields=["month", "organisation", "number"], nulls_distinct=False, name="report_note_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.number}"


class Report(models.Model):
    """A monthly report as PDF: asked for by a manager, made by a worker, kept."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    month = models.DateField(_("month"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("body")
    )
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=10, choices=ReportState.choices, default=ReportState.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress in per cent"), default=0)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "organisation", "language"],
                condition=models.Q(state__in=WAITING_STATES),
                nulls_distinct=False,
                name="report_waiting_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.language}"

    @property
    def is_waiting(self) -> bool:
        """True until it is ready or has failed."""
        return self.state in WAITING_STATES
