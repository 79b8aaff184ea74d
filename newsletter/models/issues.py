"""The issue of a week, its parts in three languages, and what of it was published."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.choices import BlockKind, IssueState
from newsletter.querysets.issues import IssueQuerySet
from portal.accounts.models import Organisation, Person
from portal.files.models import StoredFile
from portal.languages import Translated
from portal.mailings.models import Mailing
from portal.text import new_code


class Issue(Translated):
    """What goes out in one ISO week, at most once, whatever fails.

    ``start_at`` is the Monday's moment, and after ``not_after`` a person decides. What readers see is in
    ``EditionPage`` from the approval on: later changes of parts change nothing that was sent.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="newsletter_issues", verbose_name=_("body")
    )
    year = models.PositiveSmallIntegerField(_("year"), editable=False)
    week = models.PositiveSmallIntegerField(_("week"), editable=False)
    subject = models.CharField(_("subject"), max_length=120)
    preheader = models.CharField(
        _("line beside the subject"), max_length=150, blank=True, help_text=_("Shown by mail programs in their lists")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=IssueState.choices, default=IssueState.DRAFT, editable=False
    )
    start_at = models.DateTimeField(_("goes out"), editable=False)
    not_after = models.DateTimeField(_("not after"), editable=False)
    mailing = models.OneToOneField(
        Mailing, on_delete=models.PROTECT, null=True, related_name="issue", editable=False, verbose_name=_("mailing")
    )
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    return_note = models.CharField(_("why it was sent back"), max_length=500, blank=True, editable=False)
    # When the people responsible were told that it is not approved yet.
    warned_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("newsletter issue")
        verbose_name_plural = _("newsletter issues")
        ordering = ["-year", "-week"]
        constraints = [
            models.UniqueConstraint(fields=["year", "week"], name="issue_once_a_week"),
            models.CheckConstraint(condition=models.Q(week__gte=1, week__lte=53), name="issue_week"),
            # The person who approves is never the one who submitted.
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("submitted_by")),
                name="issue_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02}"


class Block(Translated):
    """One part of an issue. What is missing in a language is shown as missing, and never filled with another."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="blocks", verbose_name=_("issue"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=BlockKind.choices)
    heading = models.CharField(_("heading"), max_length=150, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown: lists, links, emphasis"))
    # For a figure: the number as it is shown, with its unit in the heading.
    figure = models.CharField(_("figure"), max_length=20, blank=True)
    link = models.CharField(_("address"), max_length=300, blank=True, help_text=_("A path of this portal, or https://"))
    link_label = models.CharField(_("words of the link"), max_length=80, blank=True)
    image = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("image")
    )
    alt = models.CharField(_("what the image shows"), max_length=200, blank=True)
    # Offered by the portal itself, and by what; empty for what a person added.
    offered_by = models.CharField(max_length=60, blank=True, editable=False)

    class Meta:
        verbose_name = _("part of an issue")
        verbose_name_plural = _("parts of an issue")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="image") | models.Q(image__isnull=False), name="block_image"
            )
        ]

    def __str__(self) -> str:
        return self.heading or self.get_kind_display()

    @property
    def organisation_id(self) -> int:
        """The body in whose trail its changes stand."""
        return self.issue.organisation_id


class Link(Translated):
    """One link in a list of links."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="links", verbose_name=_("part"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("words of the link"), max_length=150)
    link = models.CharField(_("address"), max_length=300)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or self.link


class CountedLink(models.Model):
    """A link of an approved edition where clicks are counted: how often it was followed, and nothing else."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="counted_links", verbose_name=_("issue"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    number = models.PositiveSmallIntegerField(_("number"))
    address = models.CharField(_("address"), max_length=2000)
    clicks = models.PositiveIntegerField(_("followed"), default=0)

    class Meta:
        verbose_name = _("counted link")
        verbose_name_plural = _("counted links")
        ordering = ["language", "number"]
        constraints = [models.UniqueConstraint(fields=["issue", "language", "number"], name="counted_link_once")]

    def __str__(self) -> str:
        return self.address


class EditionPage(models.Model):
    """An approved issue in one language, as it is sent and as the archive shows it."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="pages", verbose_name=_("issue"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=120)
    text = models.TextField(_("text"))
    mail = models.TextField(_("mail"))
    page = models.TextField(_("page"))

    class Meta:
        verbose_name = _("published edition")
        verbose_name_plural = _("published editions")
        constraints = [models.UniqueConstraint(fields=["issue", "language"], name="edition_page_once")]

    def __str__(self) -> str:
        return self.subject
