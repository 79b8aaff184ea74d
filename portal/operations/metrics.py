"""What each process counts for Prometheus.

With ``SAWT_METRICS`` set, each process keeps its counts in files of its own in that folder, and ``manage.py metrics``
adds them up; without, they stay in the process, where tests read them.
"""

import os
import socket

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FOLDER = settings.METRICS_DIR
if FOLDER:
    if not os.access(FOLDER, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"SAWT_METRICS names {FOLDER}, which is no folder that can be written to.")
    # Read by the library when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = FOLDER

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, values  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

_HOST = socket.gethostname().replace("_", "-")
if FOLDER:
    # Containers that share the folder give the same numbers to their processes.
    values.ValueClass = values.MultiProcessValue(lambda: f"{_HOST}-{os.getpid()}")

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TASK_SECONDS = (0.01, 0.1, 0.5, 1, 5, 15, 60, 300)

REQUESTS = Counter("sawt_requests", "Requests answered", ["view", "method", "status"])
REQUEST_SECONDS = Histogram("sawt_request_seconds", "Time to answer a request", ["view"], buckets=SECONDS)
TASKS = Counter("sawt_tasks", "Tasks ended", ["task", "outcome"])
TASK_DURATION = Histogram("sawt_task_seconds", "Time a task took", ["task"], buckets=TASK_SECONDS)


def registry() -> CollectorRegistry:
    """Return what all processes together have counted, or this one alone."""
    if not FOLDER:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together
