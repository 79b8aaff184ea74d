"""Working calendars, public holidays and service levels."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, Person
from portal.calendars.choices import WEEKDAY_CHOICES, Country, Level, Unit
from portal.calendars.querysets import OfBody

MOST_AMOUNT = 1000


def validate_zone(name: str) -> None:
    """Refuse what is no time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValidationError(_("There is no such time zone: it is written like Asia/Riyadh.")) from None


def portal_zone() -> str:
    """Return the portal's own zone, in which a new calendar begins."""
    return settings.TIME_ZONE


class Calendar(models.Model):
    """When a body works. Its main calendar is the one that promises are reckoned by."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="calendars", verbose_name=_("body")
    )
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default=portal_zone,
        validators=[validate_zone],
        help_text=_("As the world writes it: Asia/Riyadh, Asia/Dubai, Asia/Qatar"),
    )
    country = models.CharField(
        _("keeps the public holidays of"), max_length=2, choices=Country.choices, blank=True, default=""
    )
    is_main = models.BooleanField(
        _("the body's main calendar"), default=True, help_text=_("Promises are reckoned by this one.")
    )
    is_around_the_clock = models.BooleanField(
        _("around the clock"), default=False, help_text=_("Every hour counts: no windows and no holidays.")
    )
    updated_at = models.DateTimeField(_("last updated"), default=timezone.now, editable=False)

    objects = OfBody.as_manager()

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ["organisation_id", "-is_main", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(is_main=True),
                name="calendar_main_once",
                violation_error_message=_("This body has a main calendar already."),
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Window(models.Model):
    """Hours of one weekday. Closing at 00:00 is midnight at the day's end."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="windows")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAY_CHOICES)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("00:00 is midnight at the end of the day."))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("week")
        ordering = ["weekday", "opens"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class DatedHours(models.Model):
    """Hours that take the place of the week's from one day to another, as in Ramadan.

    Without a weekday they hold for every working day of the week.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="dated_hours")
    name = models.CharField(_("name"), max_length=100)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    weekday = models.PositiveSmallIntegerField(
        _("weekday"),
        choices=WEEKDAY_CHOICES,
        null=True,
        blank=True,
        help_text=_("Empty: every working day of the week."),
    )
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    is_expected = models.BooleanField(_("subject to the moon's sighting"), default=False)

    class Meta:
        verbose_name = _("dated hours")
        verbose_name_plural = _("dated hours (Ramadan)")
        ordering = ["first_day", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="dated_hours_in_order",
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.name or f"{self.first_day} – {self.last_day}"


class Holiday(models.Model):
    """Days on which nobody works: of a country, or of one calendar. A person confirms what was seeded."""

    key = models.SlugField(max_length=60, unique=True, null=True, editable=False)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices, blank=True, default="")
    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, null=True, blank=True, related_name="holidays", verbose_name=_("calendar")
    )
    name = models.CharField(_("name"), max_length=100)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    is_expected = models.BooleanField(
        _("subject to the moon's sighting"), default=False, help_text=_("The date follows the Umm al-Qura calendar.")
    )
    is_observed = models.BooleanField(
        _("observed"), default=True, help_text=_("Untick it where people work on these days after all.")
    )
    confirmed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="holiday_in_order",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=models.Q(country="", calendar__isnull=False)
                | (~models.Q(country="") & models.Q(calendar=None)),
                name="holiday_of_one",
                violation_error_message=_("A holiday is that of a country, or of one calendar."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.key or self.pk} ({self.first_day:%Y-%m-%d})"


class ServiceLevel(models.Model):
    """What a body promises for one kind: the first reply, and perhaps the solution."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="service_levels", verbose_name=_("body")
    )
    level = models.CharField(_("kind"), max_length=40, choices=Level.choices)
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
        help_text=_("Empty: the main calendar of the body."),
    )
    reply_amount = models.PositiveSmallIntegerField(
        _("first reply within"), validators=[MinValueValidator(1), MaxValueValidator(MOST_AMOUNT)]
    )
    reply_unit = models.CharField(_("counted in"), max_length=16, choices=Unit.choices)
    solution_amount = models.PositiveSmallIntegerField(
        _("solution within"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AMOUNT)],
    )
    solution_unit = models.CharField(_("counted in"), max_length=16, choices=Unit.choices, blank=True)
    alerts_at_once = models.BooleanField(_("the team is told at once"), default=False)

    objects = OfBody.as_manager()

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ["organisation_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "level"],
                name="service_level_once",
                violation_error_message=_("This body has a service level for this kind already."),
            ),
            models.CheckConstraint(
                condition=models.Q(solution_amount=None, solution_unit="")
                | (models.Q(solution_amount__isnull=False) & ~models.Q(solution_unit="")),
                name="service_level_solution_whole",
                violation_error_message=_("A solution needs both a number and what it is counted in."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_level_display()}"


def minutes(window: Any) -> tuple[int, int]:
    """Return the hours of a window or of dated hours as minutes of the day."""
    closes = window.closes.hour * 60 + window.closes.minute
    return window.opens.hour * 60 + window.opens.minute, closes or 24 * 60
