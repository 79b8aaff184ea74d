"""The newsletter in the admin, by area."""

from newsletter.admin import imports, issues, parts, subscriptions, watching

__all__ = ["imports", "issues", "parts", "subscriptions", "watching"]
