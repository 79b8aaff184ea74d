"""The forms by which staff write pages and announcements."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.languages import text_columns
from portal.pages.models import Announcement, Page
from portal.pages.selectors import columns, linked_keys, texts_of, version_is_taken


class PageForm(forms.ModelForm):
    """A page in its languages: links lead to pages that exist, and a changed text has a number of its own."""

    class Meta:
        model = Page
        fields = "__all__"  # noqa: DJ007 the admin names the fields

    def clean(self) -> dict[str, Any]:
        """Check the links and the version."""
        cleaned = super().clean()
        for column in columns("body").values():
            self._check_links(column, cleaned.get(column) or "")
        texts = texts_of(cleaned.get)
        version = cleaned.get("version")
        if version and not self.errors and version_is_taken(self.instance, texts, version):
            self.add_error("version", _("The text has changed: give it a new version number, and say what changed."))
        return cleaned

    def _check_links(self, column: str, markdown: str) -> None:
        keys = linked_keys(markdown)
        if not keys:
            return
        missing = sorted(keys - set(Page.objects.filter(key__in=keys).values_list("key", flat=True)))
        if missing:
            self.add_error(column, _("There is no page with the key “%(key)s”.") % {"key": missing[0]})


class AnnouncementForm(forms.ModelForm):
    """An announcement. It may begin in any language; what visitors see has a title and a text in one at least."""

    class Meta:
        model = Announcement
        fields = [
            *("organisation", "category", "title", "text"),
            *("is_public", "is_pinned", "shown_from", "expires_at"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for by_language in text_columns(Announcement).values():
            for column in set(by_language.values()) & set(self.fields):
                self.fields[column].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for a title, and for title and text together in each language once it is public."""
        cleaned = super().clean()
        columns = text_columns(Announcement)
        if not any(cleaned.get(column) for column in columns["title"].values()):
            self.add_error(None, _("Write a title in one language at least."))
        for code, column in columns["title"].items() if cleaned.get("is_public") else ():
            other = columns["text"][code]
            if bool(cleaned.get(column)) != bool(cleaned.get(other)):
                missing = other if cleaned.get(column) else column
                self.add_error(missing, _("Title and text belong together in each language."))
        return cleaned
