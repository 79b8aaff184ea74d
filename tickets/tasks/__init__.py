"""Work by the clock, by area."""

from tickets.tasks import articles, requests

__all__ = ["articles", "requests"]
