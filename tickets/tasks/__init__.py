"""Work by the clock, by area."""

from tickets.tasks import articles

__all__ = ["articles"]
