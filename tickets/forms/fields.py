"""A field of requests: several files at once."""

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files.choices import CSV, PLAIN, FileKind, Refusal
from portal.files.forms import CheckedFileField
from portal.files.services import Accepted, safe_name
from tickets.services.asking import MAX_FILE

TEXTS = (PLAIN, CSV)


class FilesInput(forms.FileInput):
    """A control for choosing several files."""

    allow_multiple_selected = True


class Sent(NamedTuple):
    """What became of the files that were sent: those taken, and one sentence for each that was not."""

    accepted: list[Accepted]
    refused: list[str]


class FilesField(CheckedFileField):
    """Several files; what is refused does not keep the others from being taken."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kinds=list(FileKind), max_size=MAX_FILE, required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Sent:
        """Check each by its content."""
        accepted, refused = [], []
        for upload in data or []:
            try:
                accepted.append(_as_named(super().clean(upload), upload.name))
            except forms.ValidationError as error:
                name = f"\u2068{safe_name(upload.name)}\u2069"
                refused += [refusal(name, reason) for reason in error.messages]
        return Sent(accepted, refused)


def _as_named(accepted: Accepted, name: str) -> Accepted:
    """Refuse a text that is sent as something else: a page of the web called .pdf is no PDF, nor is it a letter."""
    ending = name.lower().rpartition(".")[2] if "." in name else ""
    if accepted.content_type in TEXTS and ending and ending not in ("txt", "csv"):
        raise forms.ValidationError(Refusal.CONTENT.label)
    return accepted


def refusal(name: str, reason: str) -> str:
    """Say which file is meant."""
    return _("%(name)s: %(reason)s") % {"name": name, "reason": reason}


HELP_WITH_FILES = gettext_lazy(
    "Up to 5 files of 10 MB each: PDF, pictures (PNG, JPEG, WebP), Word, Excel, OpenDocument, text."
    " The place where a picture was taken is removed."
)
