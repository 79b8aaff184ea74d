"""The Celery application, and the one way services hand work to it."""

import os

from celery import Celery, current_app
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")

app = Celery("sawt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def enqueue(name: str, *args: object) -> None:
    """Ask a worker to run the task of this name once the current transaction is committed.

    Arguments are ids and short codes, never objects. Services name tasks instead of importing them, so that they
    stand below them; ``tests/test_architecture.py`` checks that every name used exists. What must not be lost is a
    row written in the same transaction: a broker that is away only makes the next tick do the work.
    """

    # A function of its own, not a partial: what fails after commit is logged under its name.
    def send() -> None:
        _send(name, args)

    transaction.on_commit(send, robust=True)


def _send(name: str, args: tuple[object, ...]) -> None:
    if name not in current_app.tasks:
        # Workers load the tasks of all apps when they start; a web process does so on its first need.
        current_app.loader.import_default_modules()
    current_app.tasks[name].apply_async(args, retry=False)
