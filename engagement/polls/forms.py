"""A vote as typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.polls.models import Poll
from portal.text import localised


class VoteForm(forms.Form):
    """One of the poll's options: a foreign one is refused here already."""

    option = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the answers."),
            "invalid_choice": _("Choose one of the answers."),
        },
    )

    def __init__(self, *args: Any, poll: Poll, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["option"].label = localised(poll, "question")[0]
        self.fields["option"].choices = [(option.code, localised(option, "label")[0]) for option in poll.options.all()]
