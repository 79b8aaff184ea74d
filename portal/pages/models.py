"""Policy pages with their versions, topics and services."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.ledgers import Ledger
from portal.pages.choices import AnnouncementCategory
from portal.pages.querysets import AnnouncementQuerySet
from portal.text import new_code


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
