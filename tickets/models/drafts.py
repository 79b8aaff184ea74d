"""Requests that were written and not sent yet."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.files.models import StoredFile
from portal.text import new_code


def draft_code() -> str:
    """Return a code that cannot be guessed: it names the draft in its writer's session and in a signed link."""
    return new_code(16)


class Draft(models.Model):
    """What somebody wrote between the form and the sending: kept for three days, so that nothing typed is lost.

    ``data`` holds the fields as they were typed, ``files`` those that were taken. Sending it makes a request whose
    ``once`` is this code, and deletes the draft.
    """

    code = models.CharField(max_length=16, unique=True, default=draft_code, editable=False)
    data = models.JSONField(_("fields"), default=dict)
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("files"))
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("draft of a request")
        verbose_name_plural = _("drafts of requests")

    def __str__(self) -> str:
        return self.code
