"""Support in the admin, by area."""

from tickets.admin import articles, incoming, prepared, searches, tickets

__all__ = ["articles", "incoming", "prepared", "searches", "tickets"]
