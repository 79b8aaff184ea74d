"""Asking to be written to, and choosing what."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from newsletter.choices import Frequency
from newsletter.models import MailingList, Subscription
from newsletter.services.subscribing import Wish
from portal.languages import own_name
from portal.web.templatetags.texts import lang_tag

# Nobody rests longer than this; who wants to, unsubscribes.
LONGEST_PAUSE = timedelta(days=366)


def own_names() -> list[tuple[str, str]]:
    """Return the languages, each as those who speak it write it."""
    return [
        (code, format_html('<bdi lang="{}">{}</bdi>', lang_tag(code), own_name(code)))
        for code, _name in settings.LANGUAGES
    ]


class WishForm(forms.Form):
    """Language, lists and how often. Where there is one list alone, it is not asked for."""

    language = forms.ChoiceField(
        choices=own_names,
        label=gettext_lazy("Language of the newsletter"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a language."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
    )
    frequency = forms.ChoiceField(
        choices=Frequency.choices,
        label=gettext_lazy("How often shall it come?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose how often."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
    )
    lists = forms.ModelMultipleChoiceField(
        MailingList.objects.none(),
        label=gettext_lazy("Whose news?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one."),
            "invalid_choice": gettext_lazy("Choose from the list."),
            "invalid_pk_value": gettext_lazy("Choose from the list."),
            "list": gettext_lazy("Choose from the list."),
        },
    )

    def __init__(self, *args: Any, subscription: Subscription | None = None, **kwargs: Any) -> None:
        self.subscription = subscription
        initial = {"language": get_language(), "frequency": Frequency.WEEKLY, **(kwargs.pop("initial", None) or {})}
        offered = MailingList.objects.filter(is_open=True)
        if subscription is not None:
            # A list of an organisation is nobody's to join, but everybody's to leave.
            offered = (offered | MailingList.objects.filter(subscriptions=subscription)).distinct()
            initial |= _kept(subscription)
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["lists"].queryset = offered
        self._only = list(offered[:2])
        if len(self._only) == 1:
            del self.fields["lists"]
        self.initial.setdefault("lists", self._only[:1])

    @property
    def wish(self) -> Wish:
        """What was chosen, once the form is valid."""
        data = self.cleaned_data
        lists = list(data["lists"]) if "lists" in data else self._only
        return Wish(language=data["language"], lists=lists, frequency=Frequency(data["frequency"]))


def _kept(subscription: Subscription) -> dict[str, Any]:
    return {
        "language": subscription.language,
        "frequency": subscription.frequency,
        "lists": list(subscription.lists.all()),
        "paused_until": subscription.paused_until,
    }


class SubscribeForm(WishForm):
    """For everybody. ``website`` is filled in by machines alone."""

    email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}),
        error_messages={
            "required": gettext_lazy("Write your e-mail address."),
            "invalid": gettext_lazy("Write an e-mail address such as name@example.org."),
        },
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("email", "language", "frequency", "lists")

    @property
    def is_from_a_machine(self) -> bool:
        """True when somebody filled in what nobody sees."""
        return bool(self.cleaned_data.get("website"))


class ChoicesForm(WishForm):
    """For who is subscribed."""

    paused_until = forms.DateField(
        required=False,
        label=gettext_lazy("Pause until"),
        help_text=gettext_lazy("Nothing comes before that day. Leave it empty to receive every issue."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write a day such as 2026-12-31.")},
    )

    def clean_paused_until(self) -> date | None:
        """Refuse days that are over and pauses that are no pauses."""
        day = self.cleaned_data["paused_until"]
        today = timezone.localdate()
        if day is not None and day <= today:
            raise ValidationError(_("Choose a day after today."))
        if day is not None and day > today + LONGEST_PAUSE:
            raise ValidationError(_("A pause lasts a year at most."))
        return day
