"""The newsletter under test."""

from datetime import datetime
from zoneinfo import ZoneInfo

RIYADH = ZoneInfo("Asia/Riyadh")
# A Thursday; the Monday after it is 30 November, in week 49.
THURSDAY = datetime(2026, 11, 26, 12, tzinfo=RIYADH)
MONDAY = datetime(2026, 11, 30, 8, tzinfo=RIYADH)
