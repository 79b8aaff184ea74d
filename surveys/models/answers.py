"""What was answered.

Two tables keep apart who took part (``Participation``) and what was said (``Sheet``, ``Answer``). In an identified
survey a sheet names its participation; in an anonymous one nothing does: no column, no order, no time, and no
transaction, since sheets come out of the urn. See docs/decisions/0023.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Person
from portal.files.models import StoredFile
from surveys.choices import Channel, SheetState
from surveys.models.surveys import Survey, Version
from surveys.querysets.answers import DraftQuerySet, SheetQuerySet


class Participation(models.Model):
    """That somebody has answered: a person, or the token of an invitation, once for each survey.

    It holds no time. Where one may answer several times (``one_each`` is off) an identified survey keeps one of these
    for each answer, without the mark that makes them unique.
    """

    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="participations", verbose_name=_("survey")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="survey_participations", verbose_name=_("person")
    )
    # The SHA-256 of an invitation's token; the token itself is kept nowhere.
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    is_only = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "person"], condition=Q(is_only=True, person__isnull=False), name="survey_person_once"
            ),
            models.UniqueConstraint(
                fields=["survey", "token_hash"], condition=~Q(token_hash=""), name="survey_token_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}: {self.person_id or '–'}"


class Draft(models.Model):
    """Answers of somebody who has not finished yet, found by a secret link, or by the account where it is identified.

    In an anonymous survey ``sealed`` holds them, encrypted with the secret of the link, which is not kept here: who
    reads this table reads nothing. In an identified one they are in ``answers``. ``saved`` names the pages that were.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="drafts", verbose_name=_("survey"))
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"))
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="survey_drafts", verbose_name=_("person")
    )
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    answers = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    saved = models.JSONField(default=list)
    place = models.CharField(max_length=24, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.WEB)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    # Of identified ones alone; of others it is among what is sealed.
    began_at = models.DateTimeField(null=True, editable=False)
    # Days are enough to let old ones go; of an anonymous one nothing finer is known.
    began_on = models.DateField(default=timezone.localdate)
    touched_on = models.DateField(default=timezone.localdate)
    # Set once its answers are in, by a step of its own: who took part and which draft ended share no transaction.
    is_done = models.BooleanField(default=False)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("unfinished answer")
        verbose_name_plural = _("unfinished answers")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "person"],
                condition=Q(is_done=False, person__isnull=False, entered_by=None),
                name="survey_draft_once",
            ),
            models.CheckConstraint(condition=Q(sealed=None) | Q(person=None, answers={}), name="survey_draft_sealed"),
        ]
        indexes = [models.Index(fields=["touched_on"], name="survey_draft_age")]

    def __str__(self) -> str:
        return f"{self.survey_id}: {self.place}"


class Sheet(models.Model):
    """One set of answers that was handed in. Its key is random, so that its order tells nothing.

    ``week`` is the Monday of the week. ``participation``, ``submitted_at`` and ``seconds`` are known of identified ones
    alone; of anonymous ones whole ``minutes``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("survey"))
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.WEB)
    week = models.DateField(_("week"))
    consent_number = models.PositiveIntegerField(_("version of the consent"), default=0)
    is_anonymous = models.BooleanField(_("anonymous"))
    participation = models.OneToOneField(
        Participation, on_delete=models.PROTECT, null=True, related_name="sheet", verbose_name=_("participation")
    )
    submitted_at = models.DateTimeField(_("handed in"), null=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True)
    dropped = models.PositiveSmallIntegerField(_("answers on hidden branches, dropped"), default=0)
    # The kind of the organisation spoken for, where the survey is answered by members of organisations.
    organisation_kind = models.CharField(max_length=12, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=SheetState.choices, default=SheetState.COUNTED)
    # Who entered answers from paper or telephone, and who looked at them a second time: never the same.
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    # What staff note on the paper or in their record of the call, so that a second person finds it.
    reference = models.CharField(_("reference"), max_length=12, blank=True, default="", db_default="", editable=False)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet of answers")
        verbose_name_plural = _("sheets of answers")
        indexes = [models.Index(fields=["survey", "number", "week"], name="survey_sheet_week")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_anonymous=False) | Q(participation=None, submitted_at=None),
                name="survey_sheet_anonymous",
            ),
            models.CheckConstraint(
                condition=Q(looked_at_by=None) | ~Q(looked_at_by=models.F("entered_by")), name="survey_sheet_second"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    """One answer, or one of several choices, by stable codes: each option chosen and each line of a table is a row.

    ``text`` is also what was written beside “other”. Its key is random for the same reason as the sheet's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="answers", verbose_name=_("sheet"))
    question = models.CharField(_("question"), max_length=24)
    row = models.CharField(_("line"), max_length=24, blank=True)
    option = models.CharField(_("choice"), max_length=24, blank=True)
    number = models.DecimalField(_("number"), max_digits=18, decimal_places=6, null=True)
    day = models.DateField(_("date"), null=True)
    text = models.TextField(_("text"), blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("file"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "question", "row", "option"], name="survey_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.option or self.number or self.day or self.text[:40]}"


class Rollup(models.Model):
    """How many gave an answer, by version, question, choice, language, channel and week.

    ``option`` is a choice's code or a scale's points; empty it counts those who answered the question at all, and for
    numbers carries their sum and the sum of their squares. Moved by services as sheets come in; recounted by night.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="rollups", verbose_name=_("survey"))
    number = models.PositiveIntegerField(_("version"))
    question = models.CharField(_("question"), max_length=24)
    row = models.CharField(_("line"), max_length=24, blank=True)
    option = models.CharField(_("choice"), max_length=24, blank=True)
    language = models.CharField(_("language"), max_length=8)
    channel = models.CharField(_("channel"), max_length=8)
    organisation_kind = models.CharField(max_length=12, blank=True)
    week = models.DateField(_("week"))
    count = models.IntegerField(_("answers"), default=0)
    total = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    squares = models.DecimalField(max_digits=38, decimal_places=6, default=0)

    class Meta:
        verbose_name = _("count of answers")
        verbose_name_plural = _("counts of answers")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("survey", "number", "question", "row", "option"),
                    *("language", "channel", "organisation_kind", "week"),
                ],
                name="survey_rollup_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.option}: {self.count}"


class PageCount(models.Model):
    """How many saved a page for the first time, and how many handed in, by version, language, channel and week.

    ``page`` is empty for those who began, and ``=`` for those who handed in: what lies between is where people leave.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="page_counts", verbose_name=_("survey"))
    number = models.PositiveIntegerField(_("version"))
    page = models.CharField(_("page"), max_length=24, blank=True)
    language = models.CharField(_("language"), max_length=8)
    channel = models.CharField(_("channel"), max_length=8)
    week = models.DateField(_("week"))
    count = models.IntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("count of a page")
        verbose_name_plural = _("counts of pages")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "number", "page", "language", "channel", "week"], name="survey_page_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.count}"
