"""What editors write: an issue's subject, its parts, and why one is sent back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.choices import BlockKind
from newsletter.models import Block, Issue, Link
from newsletter.selectors.checks import leads_somewhere
from portal.files.choices import FileKind
from portal.files.forms import CheckedFileField
from portal.languages import text_columns
from portal.text import clean_line

# Bytes: many read mail on a telephone, and pay for what they load.
LARGEST_IMAGE = 1_000_000
# Which fields each kind of part has, in the order of the page.
FIELDS: dict[str, list[str]] = {
    BlockKind.LEAD: ["heading", "text"],
    BlockKind.TEXT: ["heading", "text", "link", "link_label"],
    BlockKind.QUESTION: ["heading", "text", "link", "link_label"],
    BlockKind.CALL: ["heading", "text", "link", "link_label"],
    BlockKind.FIGURE: ["heading", "figure", "text", "link", "link_label"],
    BlockKind.LINKS: ["heading", "text"],
    BlockKind.IMAGE: ["heading", "upload", "alt", "text", "link", "link_label"],
}


class OneLine:
    """Forms whose lines hold nothing that could end a header or turn the direction of what follows."""

    def clean(self) -> dict[str, Any]:
        """Clean every text of one line."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str) and not isinstance(self.fields[name].widget, forms.Textarea):
                cleaned[name] = clean_line(value)
        return cleaned


class IssueForm(OneLine, forms.ModelForm):
    """Subject and preheader in each language; what is missing is told by the check list."""

    class Meta:
        model = Issue
        fields = ["subject", "preheader"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for columns in text_columns(Issue).values():
            for column in set(columns.values()) & set(self.fields):
                self.fields[column].required = False


class PartForm(OneLine, forms.ModelForm):
    """A part of an issue."""

    upload = CheckedFileField(
        kinds=[FileKind.IMAGE],
        max_size=LARGEST_IMAGE,
        required=False,
        label=gettext_lazy("Image"),
        help_text=gettext_lazy("PNG, JPEG or WebP of at most 1 MB. A new one takes the place of the one before."),
    )

    class Meta:
        model = Block
        fields = ["heading", "text", "figure", "link", "link_label", "alt"]

    def clean(self) -> dict[str, Any]:
        """Ask for an address that leads somewhere, and an image part for its image."""
        cleaned = super().clean()
        _check_address(self, cleaned.get("link"))
        is_bare = self.instance.kind == BlockKind.IMAGE and self.instance.image_id is None
        if is_bare and not cleaned.get("upload") and "upload" not in self.errors:
            self.add_error("upload", _("Choose an image."))
        return cleaned


class LinkForm(OneLine, forms.ModelForm):
    """One link of a list."""

    class Meta:
        model = Link
        fields = ["title", "link", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in text_columns(Link)["title"].values():
            if column in self.fields:
                self.fields[column].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for an address that leads somewhere."""
        cleaned = super().clean()
        _check_address(self, cleaned.get("link"))
        return cleaned


def _check_address(form: forms.BaseForm, address: str | None) -> None:
    if address and not leads_somewhere(address):
        form.add_error(
            "link", _("This leads nowhere. Write a path of this portal that begins with /, or an https address.")
        )


class ReturnForm(forms.Form):
    """Why an issue is sent back."""

    note = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))
