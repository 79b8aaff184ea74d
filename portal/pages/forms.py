"""The forms by which staff write pages and announcements, and readers say what they think of pages and services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.languages import text_columns
from portal.pages.choices import REASONS_AGAINST, REASONS_FOR, Stars, Useful
from portal.pages.models import Announcement, Page
from portal.pages.selectors import columns, linked_keys, texts_of, version_is_taken
from portal.text import clean_text, is_blank

REMARK_LENGTH = 500
_REASONS = {True: REASONS_FOR, False: REASONS_AGAINST}


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


class UsefulForm(forms.Form):
    """Was this page useful?"""

    useful = forms.ChoiceField(choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))])

    def value(self) -> Useful:
        """What was answered."""
        return Useful.YES if self.cleaned_data["useful"] == "yes" else Useful.NO


class StarsForm(forms.Form):
    """One to five stars."""

    stars = forms.TypedChoiceField(
        label=gettext_lazy("How good is this service?"),
        choices=Stars.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how many stars you give."),
            "invalid_choice": gettext_lazy("Choose how many stars you give."),
        },
    )


class RemarkForm(forms.Form):
    """Why somebody answered as they did: a reason from the list, words of their own, or both."""

    reason = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=REMARK_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "data-counter": "", "dir": "auto"}),
        help_text=gettext_lazy(
            "Only the editors read it. Please write no names, numbers or addresses: nobody can answer you here."
        ),
    )

    def __init__(self, *args: Any, value: Useful | None, **kwargs: Any) -> None:
        """``value`` is what was said of a page, None for the stars of a service, which have no list of reasons."""
        super().__init__(*args, **kwargs)
        if value is None:
            del self.fields["reason"]
            return
        is_useful = value == Useful.YES
        self.fields["reason"].choices = [(each.value, each.label) for each in _REASONS[is_useful]]
        self.fields["reason"].label = _("What was good about it?") if is_useful else _("What was wrong with it?")

    def clean_text(self) -> str:
        """Return the words cleaned; signs that nobody can see are no words."""
        text = clean_text(self.cleaned_data["text"])
        return "" if is_blank(text) else text

    def clean(self) -> dict[str, Any]:
        """Ask for something to say."""
        cleaned = super().clean()
        if not self.errors and not cleaned.get("reason") and not cleaned.get("text"):
            first = "reason" if "reason" in self.fields else "text"
            self.add_error(
                first, _("Choose a reason or write a few words.") if first == "reason" else _("Write a few words.")
            )
        return cleaned
