"""What editors type in the admin."""

from copy import copy
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from engagement.consultations.models import Consultation, Document
from engagement.consultations.rules import IMPOSSIBLE_DATE, date_problems, is_possible_date, needed_while_public
from engagement.polls.choices import Results
from portal.files.choices import FileKind
from portal.files.forms import CheckedFileField

_CODES = [code.replace("-", "_") for code, _name in settings.LANGUAGES]


class ConsultationForm(forms.ModelForm):
    """A consultation with its vote question, which is a poll of its own."""

    question_ar = forms.CharField(label=_("Vote question (Arabic)"), max_length=250, required=False)
    question_en = forms.CharField(label=_("Vote question (English)"), max_length=250, required=False)
    question_zh_hans = forms.CharField(label=_("Vote question (Chinese)"), max_length=250, required=False)
    group_labels: ClassVar[dict[str, Any]] = {"question": _("Vote question")}
    results = forms.ChoiceField(label=_("Results are shown"), choices=Results.choices, required=False)

    class Meta:
        model = Consultation
        fields = [
            *("organisation", "slug", "kind", "level", "topics"),
            *("title", "summary", "body", "audience"),
            *("opens_at", "closes_at", "short_period_reason"),
            *("outcome_summary", "response", "withdrawal_reason"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        poll = self.instance.poll if self.instance.pk else None
        if poll is None:
            return
        self.initial["results"] = poll.results
        for code in _CODES:
            self.initial[f"question_{code}"] = getattr(poll, f"question_{code}")

    def question(self) -> dict[str, str]:
        """Return the question by language code."""
        return {code.replace("_", "-"): self.cleaned_data.get(f"question_{code}", "") for code in _CODES}

    def clean_opens_at(self) -> datetime | None:
        """Refuse years that no calendar of ours has."""
        return _possible(self.cleaned_data["opens_at"])

    def clean_closes_at(self) -> datetime | None:
        """Refuse years that no calendar of ours has."""
        return _possible(self.cleaned_data["closes_at"])

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, dates that may no longer change, and a late new question."""
        cleaned = super().clean()
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", _("The closing time must be later than the opening time."))
        if self.instance.pk:
            stored = Consultation.objects.select_related("poll").get(pk=self.instance.pk)
            problems = date_problems(stored, opens_at=opens_at, closes_at=closes_at)
            problems += needed_while_public(self._as_typed(cleaned))
            for problem in problems:
                self.add_error(None, problem)
            if stored.poll and stored.poll.has_begun and self.asks_anew():
                self.add_error(None, _("The vote has begun: its question can no longer be changed."))
        return cleaned

    def _as_typed(self, cleaned: dict[str, Any]) -> Consultation:
        """Return the consultation as it would be with what was typed, unsaved."""
        typed = copy(self.instance)
        for name, value in cleaned.items():
            if name != "topics":
                setattr(typed, name, value)
        return typed

    def asks_anew(self) -> bool:
        """Tell whether the question, or when results are shown, was changed."""
        names = [*(f"question_{code}" for code in _CODES), "results"]
        return any(name in self.changed_data for name in names)


def _possible(moment: datetime | None) -> datetime | None:
    if not is_possible_date(moment):
        raise forms.ValidationError(IMPOSSIBLE_DATE, code="year")
    return moment


class DocumentForm(forms.ModelForm):
    """A document with its file."""

    upload = CheckedFileField(label=_("File (PDF, 20 MB at most)"), kinds=[FileKind.PDF], required=False)

    class Meta:
        model = Document
        fields = ["title", "body", "position"]
