"""The one form of asking, and what is written in a request afterwards."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from moderation.forms import CleanTextField
from portal.accounts.choices import PUBLIC_BODIES, OrganisationKind
from portal.accounts.models import Organisation
from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER
from portal.messaging.forms import PhoneField
from portal.notifications.choices import Subject
from portal.notifications.rules import effective
from portal.notifications.selectors import wanted_by
from portal.pages.models import Service
from portal.text import clean_line, is_blank, localised, western_digits
from tickets.choices import REPLY_CHANNELS, Channel, TicketKind
from tickets.forms.fields import HELP_WITH_FILES, FilesField
from tickets.models import SUBJECT_LENGTH, Draft
from tickets.services.asking import MAX_FILES, TEXT_LENGTH
from tickets.services.drafts import UNSURE, spoken_for

EXPLANATIONS = {
    TicketKind.ENQUIRY: gettext_lazy("You want to know how something works or where to turn."),
    TicketKind.INFORMATION: gettext_lazy("You ask for data or documents that we hold."),
    TicketKind.COMPLAINT: gettext_lazy("Something went wrong, or you were treated badly."),
    TicketKind.SUGGESTION: gettext_lazy("You know how something could be better."),
    TicketKind.PRAISE: gettext_lazy("Something went well, and we should hear of it."),
    TicketKind.TECHNICAL: gettext_lazy("A page or a service does not work as it should."),
    TicketKind.BARRIER: gettext_lazy("Something keeps people with disabilities from using a page or a service."),
    TicketKind.EMERGENCY: gettext_lazy(
        "A fault of our systems that harms people now. In danger to life, call the numbers above instead."
    ),
}
# Seconds between a form being shown and sent: nobody writes a request faster, and after a day the form is shown anew.
FASTEST, SLOWEST = 3, 24 * 3600
_SALT = "tickets.form"


def stamp() -> str:
    """Return the moment at which a form is shown, signed."""
    return signing.dumps(int(timezone.now().timestamp()), salt=_SALT)


def age_of(text: str) -> int | None:
    """Return how many seconds ago a form was shown; None when nobody can tell."""
    try:
        return int(timezone.now().timestamp()) - signing.loads(text, salt=_SALT)
    except (signing.BadSignature, TypeError):
        return None


class WithFiles(forms.Form):
    """A form that takes files. ``accepted`` holds those that may be kept, even when something else is wrong."""

    files = FilesField(label=gettext_lazy("Files"), help_text=HELP_WITH_FILES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accepted: list[Any] = []

    def room_for_files(self) -> int:
        """Return how many more files may be kept."""
        return MAX_FILES

    def clean_files(self) -> list[Any]:
        """Name each file that is refused; of too many none is taken."""
        sent = self.cleaned_data["files"]
        if len(sent.accepted) > self.room_for_files():
            raise ValidationError(_too_many())
        self.accepted = sent.accepted
        if sent.refused:
            raise ValidationError(sent.refused)
        return sent.accepted


class AskForm(WithFiles):
    """A request. ``website`` is filled in by machines alone, ``shown`` says when the form was shown."""

    kind = forms.ChoiceField(
        choices=TicketKind.choices,
        widget=forms.RadioSelect,
        label=gettext_lazy("What is it about?"),
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
    )
    subject = forms.CharField(
        max_length=SUBJECT_LENGTH,
        label=gettext_lazy("Subject"),
        help_text=gettext_lazy("One line that says what you need."),
        widget=forms.TextInput({"dir": "auto", "data-counter": True}),
        error_messages={"required": gettext_lazy("Write in one line what you need.")},
    )
    text = CleanTextField(
        max_length=TEXT_LENGTH,
        rows=8,
        label=gettext_lazy("Your request"),
        help_text=gettext_lazy("What happened, where and when? What do you need? Leave out what we need not know."),
        error_messages={"required": gettext_lazy("Write what you need.")},
    )
    about = forms.ChoiceField(
        label=gettext_lazy("Service or body concerned"),
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        label=gettext_lazy("Language of the answer"),
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )
    speaks_for = forms.ChoiceField(required=False, widget=forms.RadioSelect, label=gettext_lazy("For whom do you ask?"))
    name = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("Your name"),
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
    )
    email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("The answer and the link to your request go there. Nobody else sees it."),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Write the address to which we answer.")},
    )
    phone = PhoneField(
        required=False, label=gettext_lazy("Phone"), help_text=gettext_lazy("If you want to be called back.")
    )
    reply_by = forms.ChoiceField(
        choices=[],
        widget=forms.RadioSelect,
        label=gettext_lazy("How shall we answer?"),
        error_messages={
            "required": gettext_lazy("Choose from the list."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
    )
    remove = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    website = forms.CharField(required=False, label=gettext_lazy("Leave this empty"))

    # As on the page: the summary of errors follows it.
    field_order = ("kind", "subject", "text", "about", "files", "speaks_for", "name", "email", "phone", "reply_by")

    def __init__(self, *args: Any, user: Any, draft: Draft | None = None, **kwargs: Any) -> None:
        given = {"language": get_language(), "shown": stamp()} | _usual_way(user) | kwargs.pop("initial", {})
        super().__init__(*args, initial=given | (draft.data if draft else {}), **kwargs)
        # Its type takes nothing for granted; here a text is needed.
        self.fields["text"].required = True
        # Who changes what was good before is no machine, however quick.
        self.was_good = bool(draft and draft.data)
        self.kept_files = list(draft.files.all()) if draft else []
        self.fields["about"].choices = about_choices()
        self.fields["reply_by"].choices = [(each.value, each.label) for each in REPLY_CHANNELS if is_on(each)]
        self.fields["remove"].choices = [(stored.code, stored.name) for stored in self.kept_files]
        if user.is_authenticated:
            del self.fields["name"], self.fields["email"]
        self._offer_organisations(user)

    def _offer_organisations(self, user: Any) -> None:
        organisations = spoken_for(user) if user.is_authenticated else []
        if not organisations:
            del self.fields["speaks_for"]
            return
        named = [(each.code, _("For %(name)s") % {"name": localised(each, "name")[0]}) for each in organisations]
        self.fields["speaks_for"].choices = [("", _("For myself")), *named]

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The kinds with their explanations, for radio buttons."""
        chosen = self["kind"].value()
        return [
            {"value": kind.value, "label": kind.label, "text": EXPLANATIONS[kind], "chosen": chosen == kind.value}
            for kind in TicketKind
        ]

    def room_for_files(self) -> int:
        """Return how many more may be kept beside those of the draft that stay."""
        going = set(self.data.getlist("remove")) if hasattr(self.data, "getlist") else set()
        return MAX_FILES - len([stored for stored in self.kept_files if stored.code not in going])

    def clean_subject(self) -> str:
        """Refuse a subject of which nothing would be seen."""
        subject = clean_line(self.cleaned_data["subject"])
        if is_blank(subject):
            raise ValidationError(self.fields["subject"].error_messages["required"])
        return subject

    def clean_text(self) -> str:
        """Refuse a text of which nothing would be seen."""
        if is_blank(self.cleaned_data["text"]):
            raise ValidationError(_("Write what you need."))
        return self.cleaned_data["text"]

    def clean_name(self) -> str:
        """Keep a name on one line."""
        return clean_line(self.cleaned_data["name"])

    def clean(self) -> None:
        """Ask for a number where a call is wanted, and keep machines out; people may send again."""
        data = self.cleaned_data
        by_number = (Channel.PHONE, Channel.SMS, Channel.WHATSAPP)
        if data.get("reply_by") in by_number and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Write the number at which we reach you, or choose e-mail."))
        if data.get("website"):
            raise ValidationError(
                _(
                    "Nothing was sent, because a field that must stay empty was filled in."
                    " Please press the button again."
                )
            )
        age = age_of(data.get("shown", ""))
        if age is None or age > SLOWEST:
            raise ValidationError(
                _("This page had been open for long. What you wrote is kept: please press the button again.")
            )
        if age < FASTEST and not self.was_good:
            raise ValidationError(
                _("That was very fast. What you wrote is kept: please press the button again in a moment.")
            )

    def stamp_to_send(self) -> str:
        """Return the stamp for the page that is shown now: the old one while it is good, for quick corrections."""
        given = self.data.get("shown", "") if self.is_bound else ""
        age = age_of(given)
        return given if age is not None and age <= SLOWEST else stamp()

    def to_keep(self) -> dict[str, Any]:
        """Return the fields of a valid form as a draft keeps them."""
        left_out = {"files", "remove", "shown", "website"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class MessageForm(WithFiles):
    """What the sender adds to a request."""

    text = CleanTextField(
        max_length=TEXT_LENGTH,
        rows=5,
        label=gettext_lazy("Your message"),
        error_messages={"required": gettext_lazy("Write your message.")},
    )
    once = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    field_order = ("text", "files")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"once": secrets.token_urlsafe(12)}, **kwargs)
        self.fields["text"].required = True

    def clean_text(self) -> str:
        """Refuse a text of which nothing would be seen."""
        if is_blank(self.cleaned_data["text"]):
            raise ValidationError(_("Write your message."))
        return self.cleaned_data["text"]


class FindForm(forms.Form):
    """Reference and address of a request whose link is lost."""

    reference = forms.CharField(
        max_length=40,
        label=gettext_lazy("Reference number"),
        help_text=gettext_lazy("Eight letters and digits, as in the mail that we sent you."),
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": gettext_lazy("Write the reference number.")},
    )
    email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("The address that you gave in the request."),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Write the address that you gave in the request.")},
    )

    def clean_reference(self) -> str:
        """Take Eastern digits for Western ones."""
        return western_digits(self.cleaned_data["reference"])


def _usual_way(user: Any) -> dict[str, str]:
    """Return how somebody chose to be answered in general, as far as it is offered; by mail otherwise."""
    if user.is_authenticated:
        wanted = wanted_by([user.pk])[user.pk]
        way = effective(wanted.choices[Subject.REQUESTS], wanted.wishes).way
        if way in BY_NUMBER:
            return {"reply_by": way, "phone": wanted.wishes.phone}
    return {"reply_by": Channel.EMAIL}


def about_choices() -> list[Any]:
    """Return services grouped by their body, each body by itself first; and a way out for who does not know."""
    services: dict[int, list[Service]] = {}
    for service in Service.objects.order_by("pk"):
        services.setdefault(service.organisation_id, []).append(service)
    bodies = list(Organisation.objects.filter(kind__in=PUBLIC_BODIES).order_by("pk"))
    groups = [(localised(body, "name")[0], _of_body(body, services.get(body.pk, []))) for body in bodies]
    if any(body.kind == OrganisationKind.MINISTRY for body in bodies):
        return [(UNSURE, _("I am not sure: you find the right body")), *groups]
    return groups


def _of_body(body: Organisation, services: list[Service]) -> list[tuple[str, str]]:
    whole = _("%(name)s: in general") % {"name": localised(body, "name")[0]}
    return [(f"body:{body.code}", whole)] + [
        (f"service:{service.code}", localised(service, "name")[0]) for service in services
    ]


def _too_many() -> str:
    text = ngettext("At most %(count)s file can be sent.", "At most %(count)s files can be sent together.", MAX_FILES)
    return text % {"count": MAX_FILES}
