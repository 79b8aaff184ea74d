"""Forms of the admin: what cannot be so is refused beside where it was typed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from portal.calendars import rules
from portal.calendars.models import ServiceLevel, Window


class HoursForm(forms.ModelForm):
    """One row of hours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the inputs, which have no label of their own in a table."""
        super().__init__(*args, **kwargs)
        for name in {"opens", "closes", "weekday"} & set(self.fields):
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean(self) -> dict[str, Any]:
        """Refuse hours that end before they begin."""
        cleaned = super().clean()
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens is not None and closes is not None and rules.ends_before_start(Window(opens=opens, closes=closes)):
            self.add_error("closes", rules.END_BEFORE_START)
        return cleaned


class WeekFormSet(BaseInlineFormSet):
    """The week: at least one working day, and no two windows at once."""

    def clean(self) -> None:
        """Refuse a week that cannot be so."""
        super().clean()
        if any(self.errors):
            return
        problems = rules.week_problems(kept_rows(self), is_around_the_clock=self.instance.is_around_the_clock)
        if problems:
            raise ValidationError(problems)


class DatedFormSet(BaseInlineFormSet):
    """Dated hours: in order, and no two at once."""

    def clean(self) -> None:
        """Refuse dated hours that cannot be so."""
        super().clean()
        if not any(self.errors) and (problems := rules.dated_problems(kept_rows(self))):
            raise ValidationError(problems)


def kept_rows(formset: BaseInlineFormSet) -> list[Any]:
    """Return the rows that will be there once the formset is saved."""
    forms_kept = [form for form in formset.forms if form not in formset.deleted_forms]
    return [form.instance for form in forms_kept if form.has_changed() or form.instance.pk]


class HolidayForm(forms.ModelForm):
    """A holiday, with the word of the person who confirms its dates."""

    is_confirmed = forms.BooleanField(
        label=_("I confirm these dates"),
        required=False,
        help_text=_("Until somebody does, the page of working hours says that they are to be confirmed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show whether they are confirmed already."""
        super().__init__(*args, **kwargs)
        self.fields["is_confirmed"].initial = self.instance.confirmed_at is not None
        if "country" in self.fields:
            self.fields["country"].required = True

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order beside the field."""
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", rules.LAST_BEFORE_FIRST)
        return cleaned


class LevelForm(forms.ModelForm):
    """What a body promises for one kind."""

    def clean(self) -> dict[str, Any]:
        """Refuse a calendar of another body."""
        cleaned = super().clean()
        body, calendar = cleaned.get("organisation"), cleaned.get("calendar")
        if body and calendar and rules.level_problems(ServiceLevel(organisation=body, calendar=calendar)):
            self.add_error("calendar", rules.OTHER_BODY)
        return cleaned
