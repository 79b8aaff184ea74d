"""Prepared replies as managers write them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.languages import text_columns
from tickets.choices import TicketKind
from tickets.models import PreparedReply
from tickets.rules.prepared import prepared_problems
from tickets.services.prepared import clean_prepared


class PreparedReplyForm(forms.ModelForm):
    """A prepared reply in its languages, for all kinds of requests or for some."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of requests"),
        choices=TicketKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Offered for these kinds alone; for all of them where none is chosen."),
    )

    class Meta:
        model = PreparedReply
        fields = ["title", "text", "organisation", "kinds", "active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # It may begin in any language; what belongs together is asked for below.
        for columns in text_columns(PreparedReply).values():
            for column in set(columns.values()) & set(self.fields):
                self.fields[column].required = False

    def clean(self) -> dict[str, Any]:
        """Refuse unknown fields and holes, each beside the language in which it stands."""
        cleaned = super().clean()
        texts = [column for columns in text_columns(PreparedReply).values() for column in columns.values()]
        typed = PreparedReply(**{column: cleaned.get(column) or "" for column in texts})
        clean_prepared(typed)
        for column, problems in prepared_problems(typed).items():
            for problem in problems:
                self.add_error(column or None, problem)
        return cleaned
