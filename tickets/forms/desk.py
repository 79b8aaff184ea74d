"""What agents fill in at the desk; the services check the same again under the lock."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import Role
from portal.accounts.models import Organisation, Person, Team
from portal.messaging.forms import PhoneField
from portal.text import clean_text, is_blank, western_digits
from tickets.choices import Channel, TicketKind, TicketState
from tickets.forms.asking import WithFiles
from tickets.models import Ticket
from tickets.rules import read_reference
from tickets.services.asking import TEXT_LENGTH

MOST_EXTENSION_DAYS = 60
# How a member of staff may have heard of something that they write down.
HEARD_BY = (Channel.PHONE, Channel.VISIT, Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
_BLANK = _("Write something: nothing can be seen in it yet.")
_LONG = _("Shorten the text to 10,000 characters at most.")


class Words(forms.CharField):
    """A text of several lines, checked as it is stored."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        widget = forms.Textarea({"rows": rows, "dir": "auto"})
        super().__init__(strip=False, widget=widget, error_messages={"required": _BLANK}, **kwargs)

    def to_python(self, value: Any) -> str:
        """Clean the text; what is far too long is refused before it is worked on."""
        text = super().to_python(value)
        if len(text) > 4 * TEXT_LENGTH:
            raise forms.ValidationError(_LONG)
        text = clean_text(text)
        if len(text) > TEXT_LENGTH:
            raise forms.ValidationError(_LONG)
        return text

    def validate(self, value: str) -> None:
        """Refuse what nobody could read."""
        if self.required and is_blank(value):
            raise forms.ValidationError(_BLANK)


class ReplyForm(WithFiles):
    """An answer to the person, and where it leaves the request."""

    text = Words(label=_("Your reply"), rows=8)
    then = forms.ChoiceField(
        label=_("After sending"),
        widget=forms.RadioSelect,
        choices=[
            (TicketState.OPEN, _("We go on working on it")),
            (TicketState.WAITING, _("We wait for the person")),
            (TicketState.SOLVED, _("It is solved")),
        ],
        initial=TicketState.SOLVED,
    )
    go = forms.CharField(max_length=10, required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    field_order = ("text", "files", "then")


class NoteForm(forms.Form):
    """A note among staff, or what somebody said on the phone or at the counter."""

    note = Words(label=_("Internal note"), rows=3)
    heard_by = forms.ChoiceField(
        label=_("Came by"),
        required=False,
        choices=[("", _("Our own note")), *((each.value, each.label) for each in HEARD_BY)],
        help_text=_("A call or a visit becomes part of the conversation, and the person sees it there."),
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class AssignForm(forms.Form):
    """Who works on it: a colleague, a team, both or nobody."""

    person = forms.ModelChoiceField(queryset=None, required=False, label=_("Colleague"), empty_label=_("Nobody"))
    team = forms.ModelChoiceField(queryset=None, required=False, label=_("Team"), empty_label=_("No team"))

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = [ticket.organisation_id, ticket.organisation.parent_id]
        people = Person.objects.filter(
            memberships__organisation__in=bodies,
            memberships__role__in=[Role.AGENT, Role.ADMINISTRATOR],
            is_active=True,
        )
        self.fields["person"].queryset = people.distinct().order_by("display_name", "pk")
        self.fields["team"].queryset = Team.objects.filter(organisation=ticket.organisation).order_by("pk")


class KindForm(forms.Form):
    """What the request really is."""

    kind = forms.ChoiceField(label=_("Kind"), choices=TicketKind.choices)


class HandOverForm(forms.Form):
    """The body that is responsible, and a reason that the person reads."""

    organisation = forms.ModelChoiceField(queryset=None, label=_("Body"), empty_label=_("Choose a body"))
    reason = Words(label=_("Reason, which the person reads"), rows=2)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Organisation.objects.public_bodies().exclude(pk=ticket.organisation_id)
        self.fields["organisation"].queryset = others


class ExtendForm(forms.Form):
    """More time, with a reason that the person reads."""

    days = forms.IntegerField(label=_("Working days more"), min_value=1, max_value=MOST_EXTENSION_DAYS)
    reason = Words(label=_("Reason, which the person reads"), rows=2)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            data["days"] = western_digits(data.get("days", ""))
        super().__init__(data, *args, **kwargs)


class ReferenceForm(forms.Form):
    """Another request, by its reference."""

    reference = forms.CharField(
        label=_("Reference number"), max_length=40, widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"})
    )

    def clean_reference(self) -> str:
        """Refuse what is no reference, before it is looked up."""
        reference = read_reference(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError(_("This is no reference number: check it character by character."))
        return reference


class MergeForm(ReferenceForm):
    """The other request of the same person, which goes on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference"].label = _("Reference of the request that goes on")


class LinkForm(ReferenceForm):
    """A request that has to do with this one."""


class StateForm(forms.Form):
    """A state that needs no reply."""

    state = forms.ChoiceField(
        choices=[
            (each.value, each.label)
            for each in (TicketState.OPEN, TicketState.ELSEWHERE, TicketState.SPAM, TicketState.REOPENED)
        ]
    )


class LogForm(forms.Form):
    """A request that came by phone, at a counter or by a message, written down by staff."""

    channel = forms.ChoiceField(label=_("Came by"), choices=[(each.value, each.label) for each in HEARD_BY])
    kind = forms.ChoiceField(label=_("Kind"), choices=TicketKind.choices)
    organisation = forms.ModelChoiceField(queryset=None, label=_("Body"), empty_label=None)
    language = forms.ChoiceField(label=_("Language of the person"), choices=settings.LANGUAGES)
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"dir": "ltr", "autocomplete": "off"}),
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=150)
    text = Words(label=_("What they said"))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = bodies

    def clean(self) -> None:
        """Somebody has to be told the answer."""
        data = self.cleaned_data
        if not data.get("email") and not data.get("phone") and not {"email", "phone"} & set(self.errors):
            self.add_error("phone", _("Write an e-mail address or a phone number, so that the person can be answered."))
