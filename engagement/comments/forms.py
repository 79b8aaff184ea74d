"""What people type into a thread, checked by the same rules as the services apply."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from engagement.comments.services import CommentRefused, clean_body

MESSAGES = {
    "blank": _("Write your comment: nothing can be seen in it yet."),
    "long": _("Shorten your comment to 2,000 characters at most."),
    "parent": _("The comment you reply to cannot be answered any more. Your text is kept below."),
    "closed": _("Comments are closed here. Your text is kept below, so that you can copy it."),
    "forbidden": _("You cannot do this any more. Your text is kept below, so that you can copy it."),
}
DIRECTIONS = {"up": 1, "down": -1, "none": 0}


class CommentForm(forms.Form):
    """A comment or a reply. ``official`` is offered to those who speak for the body."""

    body = forms.CharField(
        label=_("Your comment"),
        strip=False,
        error_messages={"required": MESSAGES["blank"]},
        widget=forms.Textarea(
            attrs={"rows": 5, "dir": "auto", "data-counter": "", "maxlength": settings.COMMENT_MAX_LENGTH}
        ),
    )
    official = forms.BooleanField(label=_("Publish as the official reply of the body"), required=False)

    def __init__(self, *args: Any, may_be_official: bool = False, is_reply: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_reply:
            self.fields["body"].label = _("Your reply")
        if not may_be_official:
            del self.fields["official"]

    def clean_body(self) -> str:
        """Refuse what nobody could read or what is too long."""
        try:
            return clean_body(self.cleaned_data["body"])
        except CommentRefused as refused:
            raise forms.ValidationError(MESSAGES[refused.reason], code=refused.reason) from None

    def refuse(self, refused: CommentRefused) -> None:
        """Say why the service refused it."""
        self.add_error("body", forms.ValidationError(MESSAGES[refused.reason], code=refused.reason))


class EditForm(CommentForm):
    """An edit, which may also correct the language that was recorded."""

    language = forms.ChoiceField(label=_("Language of the comment"), choices=settings.LANGUAGES)

    field_order = ["body", "language"]


class VoteForm(forms.Form):
    """Up, down, or none to take the vote back."""

    direction = forms.ChoiceField(choices=[(name, name) for name in DIRECTIONS])

    def value(self) -> int:
        """Return 1, -1 or 0."""
        return DIRECTIONS[self.cleaned_data["direction"]]
