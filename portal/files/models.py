"""Private files."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.files.choices import Mark, ScanState
from portal.text import new_code


def random_path(instance: "StoredFile | None", filename: str) -> str:
    """Return a storage name that tells nothing of the file's own: two letters for the folder, then a random code."""
    code = new_code(24)
    return f"{code[:2]}/{code}"


def is_held_back(state: str) -> bool:
    """Tell whether a file in this state is given to nobody."""
    return state == ScanState.INFECTED or (settings.CLAMD is not None and state != ScanState.CLEAN)


class StoredFile(models.Model):
    """A file under a random name. Whoever owns it (a document, a report) decides who may have it.

    ``scan_due_at`` says when the scanner looks at it next; until then a worker may hold it. The content of an infected
    file is removed: its row keeps name, size and digest, and what was found.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=200)
    content = models.FileField(_("content"), upload_to=random_path)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    scan_state = models.CharField(
        _("virus scan"), max_length=12, choices=ScanState.choices, default=ScanState.NOT_CONFIGURED
    )
    scan_due_at = models.DateTimeField(null=True, editable=False)
    scan_attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    scanned_at = models.DateTimeField(_("scanned"), null=True, editable=False)
    infection = models.CharField(_("virus found"), max_length=120, blank=True, default="", db_default="")
    mark = models.CharField(
        _("remark"), max_length=10, choices=Mark.choices, blank=True, default=Mark.NONE, db_default=""
    )
    created_at = models.DateTimeField(_("stored"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            # The few that wait, and those found infected; the clean ones are many.
            models.Index(
                fields=["scan_state", "scan_due_at"],
                condition=~models.Q(scan_state=ScanState.CLEAN),
                name="file_scan_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_held_back(self) -> bool:
        """True while nobody may have it: found infected, or not looked at yet where a scanner is configured."""
        return is_held_back(self.scan_state)

    @property
    def is_infected(self) -> bool:
        """True when a virus was found in it."""
        return self.scan_state == ScanState.INFECTED
