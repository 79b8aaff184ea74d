"""Private files."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.files.choices import ScanState
from portal.text import new_code


def random_path(instance: "StoredFile", filename: str) -> str:
    """Return a storage name that tells nothing of the file's own: two letters for the folder, then a random code."""
    code = new_code(24)
    return f"{code[:2]}/{code}"


class StoredFile(models.Model):
    """A file under a random name. Whoever owns it (a document, a report) decides who may have it."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=200)
    content = models.FileField(_("content"), upload_to=random_path)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    scan_state = models.CharField(
        _("virus scan"), max_length=12, choices=ScanState.choices, default=ScanState.NOT_CONFIGURED
    )
    created_at = models.DateTimeField(_("stored"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name
