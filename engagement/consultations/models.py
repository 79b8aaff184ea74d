"""Consultations, their sections, documents and history."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagement.comments.models import Thread
from engagement.consultations.choices import ConsultationKind, Participation, State, Status
from engagement.consultations.querysets import ConsultationQuerySet, DocumentQuerySet
from engagement.polls.models import Poll
from portal.accounts.models import Organisation
from portal.calendars.models import Deadline
from portal.files.models import StoredFile
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.pages.models import Topic
from portal.text import new_code


class Consultation(Translated):
    """A body asks about a service, a policy or draft legislation, and answers what came in."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    slug = models.SlugField(_("address"), max_length=80, help_text=_("Latin letters, digits and hyphens"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="consultations", verbose_name=_("body")
    )
    kind = models.CharField(_("about"), max_length=12, choices=ConsultationKind.choices)
    level = models.CharField(
        _("level of participation"), max_length=12, choices=Participation.choices, default=Participation.CONSULT
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="consultations", verbose_name=_("topics"))
    title = models.CharField(_("title"), max_length=150)
    summary = models.TextField(_("summary"), help_text=_("One or two sentences, shown on cards"))
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown: why we ask, what is decided and what is not"))
    audience = models.CharField(_("whom it concerns"), max_length=250, blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    short_period_reason = models.TextField(
        _("reason for a short period"), blank=True, help_text=_("Published where it is open for less than 15 days")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    outcome_summary = models.TextField(_("what people said"), blank=True)
    response = models.TextField(_("response"), blank=True)
    responded_at = models.DateTimeField(_("response published"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawal_reason = models.TextField(_("reason for the withdrawal"), blank=True)
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="consultation", editable=False)
    poll = models.OneToOneField(
        Poll, on_delete=models.PROTECT, null=True, blank=True, related_name="consultation", editable=False
    )
    response_deadline = models.OneToOneField(
        Deadline, on_delete=models.PROTECT, null=True, related_name="consultation", editable=False
    )
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)
    # All three languages as ``portal.text.fold`` writes them, so that one containment test finds any of them.
    search_text = models.TextField(editable=False, default="")

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        indexes = [
            models.Index(fields=["status", "closes_at"], name="consultation_closing"),
            models.Index(fields=["organisation", "-id"], name="consultation_body"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="consultation_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.DRAFT)
                | models.Q(opens_at__isnull=False, closes_at__isnull=False, response_deadline__isnull=False),
                name="consultation_public_has_dates",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Status.CONCLUDED) | models.Q(responded_at__isnull=False),
                name="consultation_concluded_has_response",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    @property
    def state(self) -> State:
        """Where it stands now, by the server's clock."""
        if self.status != Status.PUBLISHED:
            return State(self.status)
        now = timezone.now()
        if now < self.opens_at:
            return State.UPCOMING
        return State.OPEN if now < self.closes_at else State.ANALYSING

    @property
    def is_overdue(self) -> bool:
        """True while it waits for a response whose moment has passed."""
        return self.status == Status.PUBLISHED and self.response_deadline.is_overdue


class Section(Translated):
    """A numbered article of the draft text, with comments of its own."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="sections")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"))
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="section", editable=False)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["consultation", "number"], name="section_number_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Document(Translated):
    """A document as a page of text, with its file beside it."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown: the same content as a page"))
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    language = models.CharField(_("language of the file"), max_length=8, choices=settings.LANGUAGES, blank=True)
    # The digest of the text of which the file was made; empty for a file that staff brought.
    made_of = models.CharField(max_length=64, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or self.code


class StatusChange(Ledger):
    """A change of status, so that past figures can be recounted."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="changes")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    at = models.DateTimeField(_("time"), default=timezone.now)
    by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ["id"]
        indexes = [models.Index(fields=["consultation", "at"], name="status_change_time")]

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.status}"


class TextVersion(Ledger):
    """What a public consultation and its draft said at one time: a reworded article is not silently another one.

    ``texts`` holds every translated field by its name with the language, and the articles in their order.
    """

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="text_versions")
    number = models.PositiveIntegerField(_("version"))
    texts = models.JSONField(_("texts"))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    saved_by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("version of a consultation")
        verbose_name_plural = _("versions of consultations")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["consultation", "number"], name="text_version_once")]

    def __str__(self) -> str:
        return f"{self.consultation_id} {self.number}"
