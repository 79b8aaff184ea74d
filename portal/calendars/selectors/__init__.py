"""Whose hours and levels hold, what pages show of them, and a deadline's receipt in words."""

from portal.calendars.selectors.book import STANDARD, Book
from portal.calendars.selectors.hours import bodies_hours, next_turn
from portal.calendars.selectors.receipts import sentences

__all__ = ["STANDARD", "Book", "bodies_hours", "next_turn", "sentences"]
