"""The newsletter in the admin, by area."""

from newsletter.admin import issues, parts

__all__ = ["issues", "parts"]
