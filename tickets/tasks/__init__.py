"""Work by the clock, by area."""

from tickets.tasks import articles, incoming, requests

__all__ = ["articles", "incoming", "requests"]
