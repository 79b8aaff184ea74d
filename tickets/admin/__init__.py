"""Support in the admin, by area."""

from tickets.admin import articles, searches

__all__ = ["articles", "searches"]
