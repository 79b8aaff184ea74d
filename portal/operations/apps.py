"""The app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Running the portal: roles of the database, logs, measures, backups."""

    name = "portal.operations"
    label = "operations"
