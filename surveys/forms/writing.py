"""What editors write: the survey itself, pages, questions, choices and conditions."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Organisation
from portal.languages import text_columns
from portal.text import clean_line, western_digits
from surveys.choices import OPERATORS, QuestionKind
from surveys.models import Condition, Option, Page, Question, Row, Survey
from surveys.rules import shapes
from surveys.rules.reaching import makes_sense
from surveys.rules.values import Unreadable, read_day, read_number
from surveys.selectors.editor import text_in
from surveys.selectors.structure import FIELDS_OF

# What the bounds of each kind are called.
BOUNDS = {
    QuestionKind.MULTIPLE: (gettext_lazy("Fewest choices"), gettext_lazy("Most choices")),
    QuestionKind.NUMBER: (gettext_lazy("Lowest number"), gettext_lazy("Highest number")),
    QuestionKind.SHORT: (gettext_lazy("Fewest characters"), gettext_lazy("Most characters")),
    QuestionKind.LONG: (gettext_lazy("Fewest characters"), gettext_lazy("Most characters")),
}


class Texts:
    """Forms whose lines are clean, and whose texts may be missing until the survey is published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for columns in text_columns(self._meta.model).values():
            for column in set(columns.values()) & set(self.fields):
                self.fields[column].required = False

    def clean(self) -> dict[str, Any]:
        """Clean every text of one line."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str) and not isinstance(self.fields[name].widget, forms.Textarea):
                cleaned[name] = clean_line(value)
        return cleaned


class StartForm(forms.Form):
    """What a new survey is made of, and which body asks."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Body"), empty_label=None)
    template = forms.ModelChoiceField(
        Survey.objects.none(),
        label=gettext_lazy("Begin with"),
        required=False,
        empty_label=gettext_lazy("An empty survey"),
        # Django leaves the empty choice out of radio buttons otherwise.
        blank=True,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, bodies: Any, templates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = bodies
        self.fields["template"].queryset = templates


class SurveyForm(Texts, forms.ModelForm):
    """The survey itself."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each must be complete before it is published."),
    )

    class Meta:
        model = Survey
        fields = [
            *("title", "summary", "intro", "consent", "thanks"),
            *("audience", "members_of", "mode", "one_each", "languages", "languages_reason"),
            *("opens_at", "closes_at", "quota", "previous"),
        ]


class PageForm(Texts, forms.ModelForm):
    """A page."""

    class Meta:
        model = Page
        fields = ["title", "text"]


class QuestionForm(Texts, forms.ModelForm):
    """A question: which fields it has depends on its kind."""

    class Meta:
        model = Question
        fields = [
            *("title", "help", "kind", "is_required", "code"),
            *("minimum", "maximum", "decimals", "earliest", "latest", "scale", "is_random"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
        for column in (column for columns in text_columns(Question).values() for column in columns.values()):
            if column in self.fields:
                self.fields[column].widget.attrs["rows"] = 3
        for name, label in zip(("minimum", "maximum"), BOUNDS.get(self.instance.kind, ()), strict=False):
            if name in self.fields:
                self.fields[name].label = label
                bound = getattr(self.instance, name)
                self.initial[name] = None if bound is None else f"{bound.normalize():f}"

    def clean(self) -> dict[str, Any]:
        """Ask for bounds that leave something between them."""
        cleaned = super().clean()
        for low, high in (("minimum", "maximum"), ("earliest", "latest")):
            below, above = cleaned.get(low), cleaned.get(high)
            if below is not None and above is not None and below > above:
                self.add_error(high, _("This lies below the other bound."))
        counts = QuestionKind(cleaned.get("kind") or self.instance.kind) != QuestionKind.NUMBER
        for name in ("minimum", "maximum"):
            bound = cleaned.get(name)
            if counts and bound is not None and (bound < 0 or bound != int(bound)):
                self.add_error(name, _("Please write a whole number of 0 or more."))
        return cleaned


class PartForm(Texts, forms.ModelForm):
    """A choice or a line of a table; without a position a new one comes last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        if self.instance.pk is None:
            self.initial["position"] = None


class OptionForm(PartForm):
    """A choice."""

    class Meta:
        model = Option
        fields = ["label", "position", "is_other", "is_exclusive", "is_anchored"]


class RowForm(PartForm):
    """A line of a table."""

    class Meta:
        model = Row
        fields = ["label", "position", "is_anchored"]


class ConditionForm(forms.ModelForm):
    """One condition: an earlier question, a comparison, and one of its answers or a value."""

    choice = forms.ChoiceField(label=gettext_lazy("answer"), required=False)
    value = forms.CharField(label=gettext_lazy("or number, date, text"), max_length=200, required=False)
    # Given by the page: the questions that stand before, as plain values.
    earlier: tuple[shapes.Question, ...] = ()

    class Meta:
        model = Condition
        fields = ["alternative", "source", "operator", "value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = forms.ChoiceField(
            label=gettext_lazy("earlier question"), choices=[("", "–"), *_sources(self.earlier)]
        )
        self.fields["choice"].choices = [("", "–"), *_choices(self.earlier)]
        self.fields["alternative"].widget.attrs |= {"min": 1, "max": 9}
        # The table's headings name the columns for the eye alone.
        for name, field in self.fields.items():
            if name in ("alternative", "source", "operator", "choice", "value"):
                field.widget.attrs["aria-label"] = capfirst(field.label)
        one = self.instance
        if one.pk is not None and one.source in {question.code for question in self.earlier if question.options}:
            self.initial |= {"choice": _choice_value(one.source, one.row, one.value), "value": ""}

    def clean(self) -> dict[str, Any]:
        """Ask for a comparison that the earlier question can answer."""
        cleaned = super().clean()
        source = next((one for one in self.earlier if one.code == cleaned.get("source")), None)
        operator = cleaned.get("operator")
        if source is None or not operator:
            return cleaned
        if source.options:
            code, row, value = _chosen(cleaned.get("choice") or "")
            if code != source.code:
                self.add_error("choice", _("Choose one of the answers to this question."))
                return cleaned
            cleaned["value"], self.instance.row = value, row
        else:
            cleaned["value"], self.instance.row = self._typed(source, cleaned.get("value") or ""), ""
        told = shapes.Condition(source.code, operator, cleaned["value"], self.instance.row)
        if operator not in OPERATORS.get(source.kind, ()):
            self.add_error("operator", _("Answers to this question cannot be compared so."))
        elif not makes_sense(told, source) and not self.errors:
            self.add_error("value", _("Write what the answer is compared with."))
        return cleaned

    def _typed(self, source: shapes.Question, value: str) -> str:
        """Return what was typed as it is kept, whatever digits were used; the source's kind says what it must be."""
        try:
            if source.kind == QuestionKind.DATE:
                return read_day(value).isoformat()
            if source.kind in (QuestionKind.NUMBER, QuestionKind.NPS, QuestionKind.CES):
                return str(read_number(value))
        except Unreadable:
            return ""
        return western_digits(clean_line(value))


def _sources(earlier: Iterable[shapes.Question]) -> Iterator[tuple[str, str]]:
    for question in earlier:
        if question.kind in OPERATORS:
            yield question.code, _shortened(text_in(question.title) or question.code)


def _choices(earlier: Iterable[shapes.Question]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for question in earlier:
        lines = question.rows or (None,)
        if not question.options:
            continue
        for row in lines:
            name = text_in(question.title) or question.code
            named = f"{_shortened(name)} · {text_in(row.label) or row.code}" if row else _shortened(name)
            given = [
                (
                    _choice_value(question.code, row.code if row else "", option.code),
                    text_in(option.label) or option.code,
                )
                for option in question.options
            ]
            yield named, given


def _choice_value(source: str, row: str, option: str) -> str:
    return f"{source}.{row}.{option}"


def _chosen(value: str) -> tuple[str, str, str]:
    parts = value.split(".")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _shortened(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69]}…"


def fields_for(kind: str) -> list[str]:
    """Return the fields that a question of this kind has in the form."""
    silent = kind == QuestionKind.SECTION
    return ["title", "help", *([] if silent else ["is_required"]), *FIELDS_OF[QuestionKind(kind)]]
