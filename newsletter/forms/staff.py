"""What staff do with subscriptions: acts on request, and imports."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models import Import
from portal.mailings.selectors.tables import LARGEST, WHY, TableRefused, lines_of


class ReasonForm(forms.Form):
    """Why staff unsubscribe somebody."""

    reason = forms.CharField(
        max_length=200,
        label=_("Reason"),
        help_text=_("For the record of consent, as “asked for it by telephone”. No names."),
        error_messages={"required": _("Say why.")},
    )


class ImportForm(forms.ModelForm):
    """A file, whom its rows join, and the consent that somebody states for them."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 10 MB and 100,000 rows, with a column “email” and, if you like, “language”."),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    class Meta:
        model = Import
        fields = [
            *("organisation", "file", "lists", "language", "stated_by", "stated_from", "stated_on", "stated_text"),
            "is_confirmed",
        ]

    def clean_file(self) -> UploadedFile:
        """Refuse what cannot be read before it is kept."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise forms.ValidationError(WHY["large"], code="large")
        self.content = upload.read()
        # A workbook takes seconds to read: in the background.
        if not self.content.startswith(b"PK"):
            try:
                lines_of(self.content)
            except TableRefused as refused:
                raise forms.ValidationError(WHY[refused.code], code=refused.code) from None
        return upload

    def clean_stated_on(self) -> Any:
        """Nobody consented tomorrow."""
        day = self.cleaned_data["stated_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day

    def clean(self) -> dict[str, Any]:
        """Lists are those of the body."""
        cleaned = super().clean()
        body, lists = cleaned.get("organisation"), cleaned.get("lists")
        if body and lists and any(one.organisation_id != body.pk for one in lists):
            self.add_error("lists", _("Choose lists of this body."))
        return cleaned
