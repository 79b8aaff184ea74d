"""What readers answer and ask, and what editors write."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.languages import text_columns
from portal.text import clean_line, is_blank
from tickets.choices import ArticleState, Reason
from tickets.models import Article
from tickets.rules import before_publishing
from tickets.selectors.search import LONGEST_QUERY


class SearchForm(forms.Form):
    """Words to look for; whatever was typed, there is an answer."""

    q = forms.CharField(required=False, strip=False)

    def typed(self) -> str:
        """Return what was typed: cleaned, cut where nobody would read on, empty where nothing can be seen."""
        typed = self.data.get("q", "")[: LONGEST_QUERY * 4]
        return "" if is_blank(typed) else clean_line(typed)[:LONGEST_QUERY]


class AnswerForm(forms.Form):
    """Useful or not, and why not."""

    useful = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])
    reason = forms.ChoiceField(choices=Reason.choices, required=False, widget=forms.RadioSelect)

    @property
    def is_useful(self) -> bool:
        """What was answered."""
        return self.cleaned_data["useful"] == "yes"


class ArticleForm(forms.ModelForm):
    """A help article in its languages."""

    class Meta:
        model = Article
        fields = ["title", "summary", "text", "organisation", "category", "service", "related"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A draft may begin in any language.
        for columns in text_columns(Article).values():
            for column in set(columns.values()) & set(self.fields):
                self.fields[column].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for a title, and keep a public article whole in each of its languages."""
        cleaned = super().clean()
        if not any(cleaned.get(column) for column in text_columns(Article)["title"].values()):
            self.add_error(None, _("Write a title in one language at least."))
        if not self.errors and self.instance.state == ArticleState.PUBLISHED:
            typed = Article(
                pk=self.instance.pk, **{name: value for name, value in cleaned.items() if name != "related"}
            )
            for problem in before_publishing(typed):
                self.add_error(None, problem)
        return cleaned
