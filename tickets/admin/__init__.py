"""Support in the admin, by area."""

from tickets.admin import articles, searches, tickets

__all__ = ["articles", "searches", "tickets"]
