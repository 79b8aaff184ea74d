"""The form by which staff write pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.pages.models import Page
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
