"""Support in the admin, by area."""

from tickets.admin import articles, prepared, searches, tickets

__all__ = ["articles", "prepared", "searches", "tickets"]
