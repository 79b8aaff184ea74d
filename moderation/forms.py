"""What reporters and moderators fill in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from moderation import rules
from moderation.choices import Outcome
from moderation.models import Case, Ground
from moderation.services import NOTE_MAX_LENGTH
from portal.text import clean_text


class CleanTextField(forms.CharField):
    """A text of several lines, measured once it is clean: line ends count once, whatever the browser sends."""

    def __init__(self, *, max_length: int, rows: int, **kwargs: Any) -> None:
        attrs = {"rows": rows, "dir": "auto"}
        super().__init__(max_length=max_length, required=False, widget=forms.Textarea(attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        """Clean the text; what is far too long is refused before it is worked on."""
        text = super().to_python(value)
        if len(text) > 4 * self.max_length:
            raise ValidationError(_too_long(self.max_length), params={"count": self.max_length})
        return clean_text(text)


def _too_long(count: int) -> Any:
    return ngettext_lazy("Write at most %(count)s character.", "Write at most %(count)s characters.", count)


def _grounds() -> Any:
    return Ground.objects.order_by("number")


class ReportForm(forms.Form):
    """A report: a ground, and a note where it helps. ``website`` is filled in by machines alone."""

    ground = forms.ModelChoiceField(
        queryset=None,
        widget=forms.RadioSelect,
        empty_label=None,
        label=_("Which ground does it break?"),
        error_messages={"required": _("Choose a ground."), "invalid_choice": _("Choose a ground from the list.")},
    )
    note = CleanTextField(
        max_length=NOTE_MAX_LENGTH,
        rows=4,
        label=_("What should the moderator know?"),
        help_text=_("The author does not see your note, nor who reported."),
    )
    website = forms.CharField(required=False, label=_("Leave this empty"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].queryset = _grounds()

    def clean(self) -> None:
        """Refuse what a machine filled in; a person whose browser did it may send again."""
        if self.cleaned_data.get("website"):
            # The page gives back what was typed, but for this field, so that the next attempt goes through.
            raise ValidationError(
                _("The report was not sent, because a field that must stay empty was filled in. Please send it again.")
            )


class DecisionForm(forms.Form):
    """A decision about one case; the services check the same again under the lock."""

    outcome = forms.ChoiceField(
        choices=[(Outcome.HIDE, Outcome.HIDE.label), (Outcome.KEEP, Outcome.KEEP.label)],
        error_messages={"required": _("Choose to hide or to keep."), "invalid_choice": _("Choose to hide or to keep.")},
    )
    ground = forms.ModelChoiceField(
        queryset=None,
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
        blank=True,
        label=_("Ground"),
        error_messages={"invalid_choice": _("Choose a ground from the list.")},
    )
    passage = CleanTextField(
        max_length=4000,
        rows=2,
        label=_("Passage concerned"),
        help_text=_("Copied from the text, as it stands there. Without one, the whole text is meant."),
    )
    note = CleanTextField(max_length=NOTE_MAX_LENGTH, rows=4, label=_("Note to the author"))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["ground"].queryset = _grounds()

    def clean(self) -> None:
        """Hiding needs a ground, some grounds need a note, and a passage must be a quotation."""
        data = self.cleaned_data
        if data.get("outcome") != Outcome.HIDE:
            return
        if not data.get("ground") and "ground" not in self.errors:
            self.add_error("ground", _("Choose the ground on which the text is hidden."))
        if data.get("ground") and "note" not in self.errors and rules.lacks_note(data["ground"], data.get("note", "")):
            self.add_error("note", _("This ground needs a note: name the rule that the text breaks."))
        if not rules.quotes(self.case.text, data.get("passage", "")):
            self.add_error("passage", _("This passage does not stand in the text. Copy it from there."))


class RestoreForm(forms.Form):
    """Showing again what was hidden."""

    note = CleanTextField(max_length=NOTE_MAX_LENGTH, rows=4, label=_("Note to the author"))
