"""What a person chooses about being told."""

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.messaging.channels import is_on
from portal.messaging.choices import Way
from portal.messaging.forms import PhoneField
from portal.notifications.choices import ALWAYS_SENT, ON_SITE, Choice, Rhythm, Subject
from portal.notifications.rules import effective
from portal.notifications.selectors import Wanted

# Days in the order of the region's calendars: Sunday first; the values are those of ``Wishes.weekly_day``.
_DAYS = (6, 0, 1, 2, 3, 4, 5)
_NONE = "none"
_HELP = {
    Subject.REPLIES: gettext_lazy("When somebody answers a comment of yours, officials too."),
    Subject.FOLLOWED: gettext_lazy(
        "News of consultations, topics and bodies: what is announced, opens, closes soon or is answered."
    ),
    Subject.OUTCOMES: gettext_lazy("When a consultation in which you commented or voted is answered or withdrawn."),
}
_HOW = {
    Subject.REPLIES: gettext_lazy("How do replies reach you?"),
    Subject.FOLLOWED: gettext_lazy("How does what you follow reach you?"),
    Subject.OUTCOMES: gettext_lazy("How do outcomes reach you?"),
    Subject.REQUESTS: gettext_lazy("How do answers to requests reach you?"),
}
_ERRORS = {
    "required": gettext_lazy("Choose from the list."),
    "invalid_choice": gettext_lazy("Choose from the list."),
}
# Those of which the person decides whether and when; the others reach them in any case, and at once.
CHOSEN = tuple(subject for subject in Subject if subject not in ALWAYS_SENT)


def ways_for(wanted: Wanted) -> list[tuple[str, Any]]:
    """Return the ways by which messages can reach somebody: mail and, to a confirmed number, those switched on."""
    return [(Way.EMAIL.value, Way.EMAIL.label), *(ways_by_number() if wanted.wishes.phone else [])]


def ways_by_number() -> list[tuple[str, Any]]:
    """Return the ways to a telephone number that this portal has."""
    return [(way.value, way.label) for way in (Way.SMS, Way.WHATSAPP) if is_on(way)]


def hours() -> list[tuple[str, str]]:
    """Return the hours of a day as they are written in the active language."""
    return [(str(hour), formats.time_format(time(hour), "TIME_FORMAT")) for hour in range(24)]


class ChoicesForm(forms.Form):
    """For each subject when and, where there is more than one way, how; and when not to be disturbed."""

    quiet_from = forms.ChoiceField(
        label=gettext_lazy("Quiet from"),
        help_text=gettext_lazy("Nothing is sent to you then; it comes when the quiet hours end."),
        error_messages=_ERRORS,
    )
    quiet_to = forms.ChoiceField(label=gettext_lazy("Quiet until"), error_messages=_ERRORS)
    daily_hour = forms.ChoiceField(
        label=gettext_lazy("Hour at which gathered messages come"),
        help_text=gettext_lazy("For what you want once a day or once a week."),
        error_messages=_ERRORS,
    )
    weekly_day = forms.ChoiceField(label=gettext_lazy("Day on which weekly messages come"), error_messages=_ERRORS)
    language = forms.ChoiceField(
        choices=settings.LANGUAGES, label=gettext_lazy("Language in which we write to you"), error_messages=_ERRORS
    )

    def __init__(self, *args: Any, wanted: Wanted, language: str, **kwargs: Any) -> None:
        self.wanted = wanted
        super().__init__(*args, initial=_kept(wanted) | {"language": language}, **kwargs)
        offered = ways_for(wanted)
        for subject in Subject:
            if subject in CHOSEN:
                self.fields[f"{subject}_when"] = _radio(subject.label, Rhythm.choices, _HELP[subject])
            if subject in _HOW and len(offered) > 1:
                self.fields[f"{subject}_how"] = _radio(_HOW[subject], offered)
        self.fields["quiet_from"].choices = [(_NONE, _("No quiet hours")), *hours()]
        self.fields["quiet_to"].choices = self.fields["daily_hour"].choices = hours()
        self.fields["weekly_day"].choices = [(str(day), WEEKDAYS[day]) for day in _DAYS]

    @property
    def subjects(self) -> list[dict[str, Any]]:
        """The subjects with their fields, for the page."""
        return [
            {"subject": subject, "when": self._field(f"{subject}_when"), "how": self._field(f"{subject}_how")}
            for subject in (*CHOSEN, Subject.REQUESTS)
        ]

    def _field(self, name: str) -> forms.BoundField | None:
        return self[name] if name in self.fields else None

    @property
    def choices(self) -> dict[Subject, Choice]:
        """What was chosen, once the form is valid; a subject without a question stays as it is."""
        return {subject: self._choice(subject) for subject in (*CHOSEN, Subject.REQUESTS)}

    def _choice(self, subject: Subject) -> Choice:
        before = self.wanted.choices[subject]
        rhythm = Rhythm(self.cleaned_data.get(f"{subject}_when") or before.rhythm)
        if rhythm == Rhythm.NEVER:
            return ON_SITE
        known = Way.EMAIL if before == ON_SITE else before.way
        return Choice(Way(self.cleaned_data.get(f"{subject}_how") or known), rhythm)

    @property
    def times(self) -> dict[str, Any]:
        """When the person may be told, once the form is valid; two equal times mean no quiet hours."""
        data = self.cleaned_data
        until = time(int(data["quiet_to"]))
        return {
            "quiet_from": until if data["quiet_from"] == _NONE else time(int(data["quiet_from"])),
            "quiet_to": until,
            "daily_hour": int(data["daily_hour"]),
            "weekly_day": int(data["weekly_day"]),
        }


class NumberForm(forms.Form):
    """A telephone number, and how the code goes there."""

    number = PhoneField(
        label=gettext_lazy("Phone"),
        help_text=gettext_lazy("With the country code, or as you dial it here."),
        error_messages={"required": gettext_lazy("Write the number.")},
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How shall the code come?"), widget=forms.RadioSelect, error_messages=_ERRORS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = ways_by_number()
        self.fields["way"].choices = offered
        self.initial["way"] = offered[0][0] if offered else ""


class CodeForm(forms.Form):
    """The code that came to a number."""

    code = forms.CharField(
        max_length=20,
        label=gettext_lazy("Code"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr"}),
        error_messages={"required": gettext_lazy("Write the code.")},
    )


def _radio(label: Any, choices: Any, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, widget=forms.RadioSelect, error_messages=_ERRORS
    )


def _kept(wanted: Wanted) -> dict[str, Any]:
    wishes = wanted.wishes
    kept = {f"{subject}_when": choice.rhythm.value for subject, choice in wanted.choices.items()}
    for subject, choice in wanted.choices.items():
        way = effective(choice, wishes).way
        kept[f"{subject}_how"] = Way.EMAIL.value if way == Way.WEB else way.value
    return kept | {
        "quiet_from": _NONE if wishes.quiet_from == wishes.quiet_to else str(wishes.quiet_from.hour),
        "quiet_to": str(wishes.quiet_to.hour),
        "daily_hour": str(wishes.daily_hour),
        "weekly_day": str(wishes.weekly_day),
    }
