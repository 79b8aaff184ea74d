"""The app."""

from django.apps import AppConfig
from django.conf import settings


class OperationsConfig(AppConfig):
    """Running the portal: roles of the database, logs, measures, backups."""

    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        """Watch tasks, check the database when asked to, and report errors where that is wanted."""
        from portal.operations import checks, sentry, signals  # noqa: F401

        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN, settings.VERSION)
