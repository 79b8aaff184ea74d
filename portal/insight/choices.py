"""Units of a figure, which way is better, and states of a report."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils import formats
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

# A number with decimals takes the plural of a hundred: in Arabic the singular noun, elsewhere the plural.
PLURAL_OF_DECIMALS = 100


class Unit(models.TextChoices):
    """What a value counts."""

    COUNT = "count", _("count")
    PERCENT = "percent", _("per cent")
    DAYS = "days", _("days")
    HOURS = "hours", _("hours")

    def show(self, value: float | Decimal | None) -> str:
        """Say a value with its unit in the active language; None is “no data”."""
        if value is None:
            return gettext("No data")
        number = self.number(value)
        if self == Unit.PERCENT:
            return left_to_right(f"{number}{percent_sign()}")
        if self == Unit.DAYS:
            return ngettext("%(number)s day", "%(number)s days", _plural(value)) % {"number": number}
        if self == Unit.HOURS:
            return ngettext("%(number)s hour", "%(number)s hours", _plural(value)) % {"number": number}
        return number

    def show_difference(self, value: float | Decimal) -> str:
        """Say how far two values lie apart: between shares in points, not per cent."""
        if self == Unit.PERCENT:
            words = ngettext("%(number)s point", "%(number)s points", _plural(value))
            return words % {"number": self.number(value)}
        return self.show(value)

    def number(self, value: float | Decimal | None) -> str:
        """Show the bare number, grouped, with at most one decimal; a dash where there is none."""
        if value is None:
            return "–"
        return formats.number_format(f"{rounded(value):f}", force_grouping=True)


def left_to_right(text: str) -> str:
    """Return signs and numbers as one piece that Arabic text around it cannot turn round: 83٪, 5 / 6."""
    return f"\u2066{text}\u2069" if get_language() == "ar" else text


def percent_sign() -> str:
    """Return the sign the active language uses."""
    return "٪" if get_language() == "ar" else "%"


def rounded(value: float | Decimal) -> Decimal:
    """Return the value as it is shown: with at most one decimal."""
    shown = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown


def _plural(value: float | Decimal) -> int:
    shown = rounded(value)
    return int(shown) if shown == shown.to_integral_value() else PLURAL_OF_DECIMALS


class Direction(models.TextChoices):
    """Which way is better."""

    UP = "up", _("more is better")
    DOWN = "down", _("less is better")
    NONE = "none", _("neither")


class ReportState(models.TextChoices):
    """Where a report stands."""

    QUEUED = "queued", _("queued")
    BUILDING = "building", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


# Until a worker is through with it. The same report waits once.
WAITING_STATES = [ReportState.QUEUED, ReportState.BUILDING]
