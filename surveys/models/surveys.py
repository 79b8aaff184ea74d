"""Surveys, the versions of what they ask, and where they stood when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.text import new_code
from surveys.choices import PUBLIC_STATUSES, Audience, Mode, State, Status
from surveys.querysets.surveys import SurveyQuerySet


def all_languages() -> list[str]:
    """Return the codes of the portal's languages."""
    return [code for code, _name in settings.LANGUAGES]


NOBODY = _("Where everyone may answer, nobody is known by name or told apart. Choose another audience.")


class Survey(Translated):
    """A body asks a set of questions.

    What editors write is in ``pages``; what people answer is the last ``Version``, made by publishing. Templates are
    surveys that nobody answers. ``previous`` is the round before, with which results are compared.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="surveys", verbose_name=_("body")
    )
    title = models.CharField(_("title"), max_length=150)
    summary = models.CharField(_("summary"), max_length=300, blank=True, help_text=_("One sentence, shown on lists"))
    intro = models.TextField(
        _("introduction"),
        blank=True,
        help_text=_("Markdown: why we ask, and what becomes of it. How long it takes is shown by itself"),
    )
    consent = models.TextField(
        _("consent"), blank=True, help_text=_("What people agree to before they begin; empty if nothing is asked")
    )
    thanks = models.TextField(_("thanks"), blank=True, help_text=_("Markdown: what happens next, and when"))
    audience = models.CharField(_("who may answer"), max_length=12, choices=Audience.choices, default=Audience.EVERYONE)
    members_of = models.ManyToManyField(
        Organisation, blank=True, related_name="+", verbose_name=_("organisations whose members may answer")
    )
    mode = models.CharField(_("answers are"), max_length=12, choices=Mode.choices, default=Mode.ANONYMOUS)
    one_each = models.BooleanField(_("one answer per person"), default=False)
    languages = ArrayField(
        models.CharField(max_length=8, choices=settings.LANGUAGES), verbose_name=_("languages"), default=all_languages
    )
    languages_reason = models.CharField(_("why not in every language"), max_length=300, blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    quota = models.PositiveIntegerField(
        _("most answers"), null=True, blank=True, help_text=_("It closes by itself once so many have come in")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    results_at = models.DateTimeField(_("results published"), null=True, editable=False)
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)
    # A counter, moved with each answer under the lock of this row: the quota's last place is given once.
    answer_count = models.PositiveIntegerField(_("answers"), default=0, editable=False)
    # How many codes were given to pages and questions, so that none is ever given again.
    codes_given = models.PositiveIntegerField(default=0, editable=False)
    is_template = models.BooleanField(_("template"), default=False, editable=False)
    # The name of the starter it was loaded from, and for others that of the template it was made of.
    starter = models.CharField(max_length=40, blank=True, editable=False)
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="next_rounds",
        verbose_name=_("last round"),
    )
    version = models.OneToOneField(
        "Version", on_delete=models.PROTECT, null=True, related_name="current_of", editable=False
    )
    # All languages as ``portal.text.fold`` writes them, so that one containment test finds any of them.
    search_text = models.TextField(editable=False, default="")

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        indexes = [
            models.Index(fields=["status", "closes_at"], name="survey_closing"),
            models.Index(fields=["organisation", "-id"], name="survey_body"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["starter"], condition=Q(is_template=True) & ~Q(starter=""), name="survey_starter_once"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")) | Q(closes_at=None) | Q(opens_at=None),
                name="survey_closes_after_opening",
                violation_error_message=_("It must close after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT) | Q(opens_at__isnull=False, version__isnull=False),
                name="survey_public_has_version",
            ),
            models.CheckConstraint(
                condition=Q(is_template=False) | Q(status=Status.DRAFT), name="survey_template_is_draft"
            ),
            # A name needs somebody who can be told apart, and so does one answer per person.
            models.CheckConstraint(
                condition=~Q(audience=Audience.EVERYONE) | Q(mode=Mode.ANONYMOUS, one_each=False),
                name="survey_everyone_is_nobody",
                violation_error_message=NOBODY,
            ),
            models.CheckConstraint(
                condition=Q(quota=None) | Q(quota__gte=1, answer_count__lte=F("quota")), name="survey_quota"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    @property
    def state(self) -> State:
        """Where it stands now, by the server's clock and its quota."""
        if self.status != Status.LIVE:
            return State(self.status)
        now = timezone.now()
        if now < self.opens_at:
            return State.SCHEDULED
        is_over = (self.closes_at is not None and now >= self.closes_at) or self.is_full
        return State.CLOSED if is_over else State.OPEN

    @property
    def is_full(self) -> bool:
        """True once as many answers came in as were wanted."""
        return self.quota is not None and self.answer_count >= self.quota

    @property
    def is_public(self) -> bool:
        """True once it was published, whatever became of it."""
        return self.status in PUBLIC_STATUSES

    @property
    def is_anonymous(self) -> bool:
        """True where no answer is tied to a person."""
        return self.mode == Mode.ANONYMOUS


class Version(Ledger):
    """What a survey asked from one moment on; never changed.

    ``number`` is what results know: answers to one number are answers to the same questions. Within it ``edition``
    counts changes of wording. ``consent_number`` counts the wordings of the consent.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions", verbose_name=_("survey"))
    number = models.PositiveIntegerField(_("version"))
    edition = models.PositiveIntegerField(_("edition"))
    consent_number = models.PositiveIntegerField(_("version of the consent"), default=0)
    structure = models.JSONField(_("questions"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("version of a survey")
        verbose_name_plural = _("versions of surveys")
        ordering = ["number", "edition"]
        constraints = [models.UniqueConstraint(fields=["survey", "number", "edition"], name="survey_version_once")]

    def __str__(self) -> str:
        return f"{self.number}.{self.edition}"


class StateChange(Ledger):
    """A change of status, so that past figures can be recounted."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="changes", verbose_name=_("survey"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    at = models.DateTimeField(_("time"), default=timezone.now)
    by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ["id"]
        indexes = [models.Index(fields=["survey", "at"], name="survey_change_time")]

    def __str__(self) -> str:
        return f"{self.survey_id}: {self.status}"
