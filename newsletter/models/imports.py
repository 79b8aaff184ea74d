"""Addresses that came in a file, with the consent that somebody states for them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.choices import ImportState, Verdict
from newsletter.models.subscriptions import MailingList
from newsletter.querysets.imports import ImportQuerySet
from portal.accounts.models import Organisation, Person
from portal.text import new_code


class Import(models.Model):
    """One file. Nobody is subscribed by it before somebody has seen what would happen and applied it.

    ``is_confirmed`` states that each owner confirmed from their mailbox elsewhere; without it they are asked here.
    ``content`` goes once the rows are read, the rows a month after the end.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("body"))
    name = models.CharField(_("file"), max_length=150, editable=False)
    content = models.BinaryField(null=True, editable=False)
    lists = models.ManyToManyField(MailingList, related_name="+", verbose_name=_("lists"))
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.LANGUAGES,
        help_text=_("For rows that name none."),
    )
    stated_by = models.CharField(
        _("who states the consent"), max_length=150, help_text=_("Name and office of the person who answers for it.")
    )
    stated_from = models.CharField(
        _("where it was given"), max_length=300, help_text=_("The form, event or service at which people agreed.")
    )
    stated_on = models.DateField(_("when it was given"))
    stated_text = models.TextField(_("words that people agreed to"), max_length=2000)
    is_confirmed = models.BooleanField(
        _("each owner confirmed from their mailbox"),
        default=False,
        help_text=_("Without this everybody is sent a mail and asked to confirm."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.READING, editable=False
    )
    # Why the file could not be read: a code of ``portal.mailings.selectors.tables.WHY``.
    problem = models.CharField(max_length=20, blank=True, editable=False)
    row_count = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    done_count = models.PositiveIntegerField(_("done"), default=0, editable=False)
    by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("imported by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, editable=False)
    finished_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of addresses")
        verbose_name_plural = _("imports of addresses")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """One row of the file, and what becomes of it. ``number`` is its line in the file."""

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"))
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    verdict = models.CharField(_("what happens"), max_length=12, choices=Verdict.choices, blank=True)
    is_done = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        constraints = [models.UniqueConstraint(fields=["parent", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["parent", "verdict", "is_done", "number"], name="import_row_verdict"),
            models.Index(fields=["email_key"], name="import_row_address"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.email}"
