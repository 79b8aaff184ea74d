"""A help article drafted from a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.text import clean_line, clean_text, is_blank
from tickets.models import Article, ArticleCategory, Ticket
from tickets.rules.personal import STILL_THERE, still_there

LONGEST_TEXT = 30_000
_BLANK = _("Write something: nothing can be seen in it yet.")


class SourcedArticleForm(forms.Form):
    """Question and answer without a trace of who asked, and the word of whoever took it out."""

    title = forms.CharField(
        label=_("Title"),
        max_length=Article._meta.get_field("title").max_length,
        help_text=_("What people would ask or type"),
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=Article._meta.get_field("summary").max_length,
        help_text=_("The answer in one or two sentences"),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea({"rows": 16}),
        help_text=_("Markdown: ## headings, lists, tables, links"),
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=ArticleCategory.objects.all(), empty_label=_("Choose a category")
    )
    confirmed = forms.BooleanField(
        label=_("I have removed personal data"),
        error_messages={"required": _("Read the text once more, remove personal data, and confirm it here.")},
    )

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket = ticket
        for name in ("title", "summary", "text"):
            self.fields[name].widget.attrs |= {"lang": ticket.language, "dir": "auto"}

    def clean(self) -> dict[str, Any]:
        """Refuse what says who asked, beside the field in which it stands."""
        cleaned = super().clean()
        for name, clean in (("title", clean_line), ("summary", clean_line), ("text", clean_text)):
            if name not in cleaned:
                continue
            cleaned[name] = clean(cleaned[name])
            if self.fields[name].required and is_blank(cleaned[name]):
                self.add_error(name, _BLANK)
            for mark in still_there(cleaned.get(name, ""), self.ticket):
                self.add_error(name, STILL_THERE[mark])
        return cleaned
