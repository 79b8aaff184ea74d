"""Grounds, cases, reports and decisions."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.choices import CaseState, Outcome
from moderation.querysets import CaseQuerySet
from portal.accounts.models import Organisation, Person
from portal.calendars.models import Deadline
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.text import new_code


class Ground(Translated):
    """One of the grounds of the published policy on which something may be hidden."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    needs_note = models.BooleanField(
        _("needs a note"),
        default=False,
        help_text=_("Nothing is hidden on this ground without a note to the author that names the rule."),
    )

    class Meta:
        verbose_name = _("ground")
        verbose_name_plural = _("grounds")
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Case(models.Model):
    """One thing that waits for, or had, a moderator's decision.

    Text and language are snapshots, so that the record outlives the target; it acts through the kind's entry in the
    registry. There is at most one open case for a thing: further reports join it.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="cases", verbose_name=_("body")
    )
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="cases_about")
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    context = models.TextField(_("in reply to"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="moderation_case")
    report_count = models.PositiveIntegerField(_("reports"), default=0)
    claimed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(state=CaseState.OPEN), name="case_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opened_at"], name="case_queue"),
            models.Index(fields=["kind", "key"], name="case_target"),
        ]

    def __str__(self) -> str:
        return self.code


class Report(models.Model):
    """Somebody says that a thing breaks a ground. ``reporter`` is None for guests."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    ground = models.ForeignKey(Ground, on_delete=models.PROTECT, related_name="reports", verbose_name=_("ground"))
    note = models.TextField(_("note"), blank=True)
    reporter = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="reports_made")
    created_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="report_once")]
        indexes = [models.Index(fields=["created_at"], name="report_received")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.ground_id}"


class Decision(Ledger):
    """What a moderator decided: a correction is a further decision with the next number."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome.choices)
    ground = models.ForeignKey(
        Ground, on_delete=models.PROTECT, null=True, related_name="decisions", verbose_name=_("ground")
    )
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions_made")
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="decision_number_once"),
            models.CheckConstraint(
                condition=~models.Q(outcome=Outcome.HIDE) | models.Q(ground__isnull=False),
                name="decision_hide_has_ground",
            ),
        ]
        indexes = [models.Index(fields=["decided_at"], name="decision_time")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}: {self.outcome}"


class Statement(models.Model):
    """The words that belong to a decision, beside the ledger, so that they can be erased."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    passage = models.TextField(_("passage"), blank=True)
    note = models.TextField(_("note to the author"), blank=True)

    class Meta:
        verbose_name = _("statement of reasons")
        verbose_name_plural = _("statements of reasons")

    def __str__(self) -> str:
        return str(self.decision_id)
