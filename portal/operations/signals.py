"""What watches tasks: counts, the number of the request that asked for them, and signs of life for health checks."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from celery import signals

from portal.operations.logs import REQUEST_ID
from portal.operations.metrics import TASK_DURATION, TASKS

HEADER = "sawt_request_id"
# Read by deploy/health.py, which knows nothing of Django.
ALIVE = Path(os.environ.get("SAWT_ALIVE") or Path(tempfile.gettempdir()) / "sawt-alive")
_began: dict[str, float] = {}


@signals.before_task_publish.connect
def carry_number(headers: dict[str, Any] | None = None, **_signal: Any) -> None:
    """Send the request's number along with the task."""
    if headers is not None and (number := REQUEST_ID.get()):
        headers[HEADER] = number


@signals.task_prerun.connect
def begin(task_id: str, task: Any, **_signal: Any) -> None:
    """Log under the number of the request, or the task's own where the clock asked for it."""
    # A worker reads the message's headers as parts of the request; a task that runs at once keeps them together.
    headers = task.request.headers or {}
    REQUEST_ID.set(getattr(task.request, HEADER, None) or headers.get(HEADER) or task_id)
    _began[task_id] = time.perf_counter()


@signals.task_postrun.connect
def finish(task_id: str, task: Any, state: str | None = None, **_signal: Any) -> None:
    """Count the task by how it ended."""
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    if (began := _began.pop(task_id, None)) is not None:
        TASK_DURATION.labels(task.name).observe(time.perf_counter() - began)
    REQUEST_ID.set("")


@signals.heartbeat_sent.connect
def worker_lives(**_signal: Any) -> None:
    """Note that the worker has a broker and its loop turns."""
    ALIVE.touch()


@signals.beat_init.connect
def watch_beat(**_signal: Any) -> None:
    """Note in the clock's process, and there alone, that it hands out work."""
    ALIVE.touch()
    signals.after_task_publish.connect(beat_lives)


def beat_lives(**_signal: Any) -> None:
    """Note that a task reached the broker."""
    ALIVE.touch()
