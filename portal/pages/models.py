"""Policy pages with their versions, topics, services, announcements, and what readers think of pages and services."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.pages.choices import AnnouncementCategory, RemarkReason, RemarkState, Scale, Stars, Useful
from portal.pages.querysets import AnnouncementQuerySet
from portal.text import new_code

# The values of each scale.
VALUES = models.Q(scale=Scale.USEFUL, value__lte=Useful.YES) | models.Q(
    scale=Scale.STARS, value__gte=Stars.ONE, value__lte=Stars.FIVE
)


class Page(Translated):
    """A page of lasting text. Body is Markdown; a new version is a row in ``PageVersion``."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=150)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), help_text=_("Markdown: ## headings, lists, tables, links"))
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pages", verbose_name=_("owner"))
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    version = models.CharField(_("version"), max_length=20, default="1.0")
    change_note = models.CharField(_("what changed"), max_length=300, blank=True)
    review_on = models.DateField(_("next review"), null=True, blank=True)
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)
    position = models.PositiveSmallIntegerField(_("position in the footer"), default=0)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or self.key

    def get_absolute_url(self) -> str:
        """Return the address in the active language."""
        return reverse("pages:page", args=[self.key])

    @property
    def code(self) -> str:
        """The public code, by which the trail names the page."""
        return self.key

    @property
    def organisation_id(self) -> int:
        """The body in whose trail its changes stand."""
        return self.owner_id


class PageVersion(Ledger):
    """What a page said at one time, in each language."""

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=20)
    texts = models.JSONField(_("texts"))
    saved_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)
    saved_by_id = models.BigIntegerField(_("by"), null=True)

    class Meta:
        verbose_name = _("version of a page")
        verbose_name_plural = _("versions of pages")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.page_id} {self.version}"


class Topic(Translated):
    """What something is about."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.code


class Service(Translated):
    """A service that a body gives."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=150)
    summary = models.TextField(_("summary"), blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="services", verbose_name=_("body")
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="services", verbose_name=_("topic")
    )

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.code

    def get_absolute_url(self) -> str:
        """Return the address in the active language."""
        return reverse("services:service", args=[self.code])


class Announcement(Translated):
    """Something a body tells everybody for a while: shown from a moment on until it expires, or for good."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="announcements", verbose_name=_("body")
    )
    category = models.CharField(_("category"), max_length=12, choices=AnnouncementCategory.choices)
    title = models.CharField(_("title"), max_length=150)
    text = models.TextField(_("text"), help_text=_("Markdown: ## headings, lists, tables, links"))
    is_public = models.BooleanField(_("public"), default=False, help_text=_("Visitors see it once its time has come"))
    is_pinned = models.BooleanField(_("on top"), default=False)
    shown_from = models.DateTimeField(_("shown from"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-shown_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("shown_from")),
                name="announcement_span",
                violation_error_message=_("It must expire after it is first shown."),
            )
        ]
        indexes = [models.Index(fields=["-shown_from"], condition=models.Q(is_public=True), name="announcement_public")]

    def __str__(self) -> str:
        return self.title or self.title_ar or self.title_en or self.title_zh_hans or self.code

    def get_absolute_url(self) -> str:
        """Return the address in the active language."""
        return reverse("announcements:announcement", args=[self.code])

    @property
    def has_expired(self) -> bool:
        """True once its time is over; whoever has the address still reads it."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


class Subject(models.Model):
    """What readers judge: a page by its kind and key, as the registry ``judged_pages`` knows it.

    The one soft reference of the area; everything else hangs on this row. ``organisation`` is that of the page when
    it was last judged.
    """

    kind = models.CharField(_("kind of page"), max_length=20)
    key = models.CharField(_("key"), max_length=60)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("body")
    )

    class Meta:
        verbose_name = _("judged page")
        verbose_name_plural = _("judged pages")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="subject_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The name by which the trail knows it."""
        return f"{self.kind}/{self.key}"


class Judged(models.Model):
    """What a judgement and its counter have in common. ``week`` is the Sunday with which a week begins."""

    scale = models.CharField(_("scale"), max_length=8, choices=Scale.choices)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    week = models.DateField(_("week"))
    value = models.PositiveSmallIntegerField(_("answer"))

    class Meta:
        abstract = True


class Judgement(Judged):
    """One answer of somebody of whom nothing is known: no person, address, day or hour."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="judgements")

    class Meta:
        verbose_name = _("judgement of a page")
        verbose_name_plural = _("judgements of pages")
        constraints = [models.CheckConstraint(condition=VALUES, name="judgement_value")]
        indexes = [models.Index(fields=["subject", "scale", "week"], name="judgement_subject")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.scale} {self.value}"


class Tally(Judged):
    """How many judgements there are of a subject by scale, language, week and value; moved with each of them."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="tallies")
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("count of judgements")
        verbose_name_plural = _("counts of judgements")
        constraints = [
            models.UniqueConstraint(fields=["subject", "scale", "week", "language", "value"], name="tally_once"),
            models.CheckConstraint(condition=VALUES, name="tally_value"),
        ]
        indexes = [models.Index(fields=["scale", "week"], name="tally_week")]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.scale} {self.week} {self.value}: {self.count}"


class Mark(models.Model):
    """That one source has judged one thing on this day: deleted on the next.

    ``digest`` is made with a salt of the day that stands in the cache alone: once that is gone, nobody can tell of
    any source whether a mark is its own.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    judgement = models.OneToOneField(Judgement, on_delete=models.CASCADE, related_name="mark")
    day = models.DateField(_("day"), db_index=True)
    has_remark = models.BooleanField(_("has said why"), default=False)

    class Meta:
        verbose_name = _("mark of a source")
        verbose_name_plural = _("marks of sources")

    def __str__(self) -> str:
        return str(self.day)


class Remark(models.Model):
    """What somebody unknown wrote about a page or a service, for its editors alone."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="remarks", verbose_name=_("page"))
    scale = models.CharField(_("scale"), max_length=8, choices=Scale.choices)
    value = models.PositiveSmallIntegerField(_("answer"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    reason = models.CharField(_("reason"), max_length=10, choices=RemarkReason.choices, blank=True)
    text = models.CharField(_("text"), max_length=500, blank=True)
    # A day, not a moment: nothing that could be matched with a log.
    day = models.DateField(_("day"))
    state = models.CharField(_("state"), max_length=4, choices=RemarkState.choices, default=RemarkState.NEW)

    class Meta:
        verbose_name = _("remark on a page")
        verbose_name_plural = _("remarks on pages")
        ordering = ["-day", "-id"]
        constraints = [models.CheckConstraint(condition=VALUES, name="remark_value")]
        indexes = [
            models.Index(fields=["-day", "-id"], name="remark_newest"),
            models.Index(fields=["subject", "state"], name="remark_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.day}"

    @property
    def code(self) -> str:
        """The number by which the trail names it: what was written stays out of a ledger."""
        return str(self.pk)

    @property
    def organisation_id(self) -> int | None:
        """The body in whose trail its changes stand."""
        return self.subject.organisation_id

    @property
    def answer(self) -> str:
        """The value in words."""
        return str((Useful if self.scale == Scale.USEFUL else Stars)(self.value).label)
