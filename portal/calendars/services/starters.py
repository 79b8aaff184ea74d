"""What every installation starts with: the public holidays of three countries."""

from portal.calendars import content
from portal.calendars.models import Holiday
from portal.calendars.services.writing import save_holiday


def load_starters() -> None:
    """Create the holidays that are missing, unconfirmed; what is there stays as it is, unobserved ones too."""
    known = set(Holiday.objects.exclude(key=None).values_list("key", flat=True))
    for row in content.rows("holidays"):
        if row["key"] not in known:
            save_holiday(Holiday(**row), by=None)
