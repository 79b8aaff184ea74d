"""Policy pages with their versions, topics and services."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.languages import Translated
from portal.ledgers import Ledger


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
