"""What is promised, in which unit, and why a promise was given anew."""

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from portal.calendars import arithmetic

# Sunday first, as the week is written here; Monday is 0, as the computer counts.
WEEK = (6, 0, 1, 2, 3, 4, 5)
WEEKDAY_CHOICES = [(day, WEEKDAYS[day]) for day in WEEK]


class Level(models.TextChoices):
    """What is promised; how long it takes is a setting of each body."""

    ENQUIRY = "enquiry", _("Enquiry")
    INFORMATION_REQUEST = "information_request", _("Information request")
    COMPLAINT = "complaint", _("Complaint")
    FEEDBACK = "feedback", _("Feedback on a consultation")
    SUGGESTION = "suggestion", _("Suggestion")
    PRAISE = "praise", _("Praise")
    TECHNICAL = "technical", _("Technical problem")
    ACCESSIBILITY = "accessibility", _("Accessibility barrier")
    EMERGENCY = "emergency", _("Technical emergency")
    REPORT_OF_CONTENT = "report_of_content", _("Decision on a report")
    APPEAL = "appeal", _("Appeal against a decision")
    CONSULTATION_RESPONSE = "consultation_response", _("Response to a consultation")


class Target(models.TextChoices):
    """Which of the two promises of a level it is."""

    REPLY = "reply", _("First reply")
    SOLUTION = "solution", _("Solution")


class Unit(models.TextChoices):
    """How time is counted."""

    CLOCK_HOURS = arithmetic.CLOCK_HOURS, _("Hours around the clock")
    WORKING_HOURS = arithmetic.WORKING_HOURS, _("Working hours")
    WORKING_DAYS = arithmetic.WORKING_DAYS, _("Working days")
    WEEKS = arithmetic.WEEKS, _("Weeks")


class Cause(models.TextChoices):
    """Why a promise was reckoned; some causes are reasons in themselves to move it later."""

    GIVEN = "given", _("Given")
    STARTED = "started", _("It begins at another moment")
    WAITED = "waited", _("The clock stood still")
    REOPENED = "reopened", _("Opened again")
    EXTENDED = "extended", _("Extended")
    KIND = "kind", _("Another kind")
    LEVEL = "level", _("Another service level")
    CALENDAR = "calendar", _("Working hours or holidays changed")


class Pause(models.TextChoices):
    """What the clock stood still for."""

    PERSON = "person", _("Waiting for the person")
    SOLVED = "solved", _("Taken to be solved")


class Country(models.TextChoices):
    """Whose public holidays a calendar keeps."""

    SAUDI_ARABIA = "SA", _("Saudi Arabia")
    EMIRATES = "AE", _("United Arab Emirates")
    QATAR = "QA", _("Qatar")


# What holds where a body, and the ministry above it, has said nothing.
DEFAULT_TERMS: dict[str, tuple[int, str]] = {
    Level.ENQUIRY: (2, Unit.WORKING_DAYS),
    Level.INFORMATION_REQUEST: (2, Unit.WORKING_DAYS),
    Level.COMPLAINT: (2, Unit.WORKING_DAYS),
    Level.FEEDBACK: (72, Unit.CLOCK_HOURS),
    Level.SUGGESTION: (72, Unit.CLOCK_HOURS),
    Level.PRAISE: (72, Unit.CLOCK_HOURS),
    Level.TECHNICAL: (2, Unit.WORKING_DAYS),
    Level.ACCESSIBILITY: (2, Unit.WORKING_DAYS),
    Level.EMERGENCY: (1, Unit.CLOCK_HOURS),
    Level.APPEAL: (5, Unit.WORKING_DAYS),
}
# Levels of which the team is told the moment they come in.
ALERTS_AT_ONCE = (Level.TECHNICAL, Level.ACCESSIBILITY, Level.EMERGENCY)
# The week of a body without a calendar: Sunday to Thursday, 8:00 to 16:00, by the portal's clock.
DEFAULT_WEEK: tuple[tuple[arithmetic.Window, ...], ...] = tuple(
    () if day in (4, 5) else ((8 * 60, 16 * 60),) for day in range(7)
)
