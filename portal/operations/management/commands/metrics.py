"""Answer Prometheus on a port that visitors do not reach."""

import signal
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections
from prometheus_client import start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from portal.operations.metrics import registry
from portal.operations.selectors import Scans, Standing, standing


class PortalCollector:
    """What only the database and the store know, read anew for each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Give the measures; when the database is away, that is one of them."""
        try:
            found: Standing | None = standing()
        except DatabaseError:
            found = None
        finally:
            # Each scrape has a thread of its own.
            connections.close_all()
        yield GaugeMetricFamily("sawt_database_up", "Whether the database answers", value=float(found is not None))
        if found is not None:
            yield from measures(found)


def measures(found: Standing) -> Iterator[Metric]:
    """Put what was read into Prometheus' words."""
    waiting = "Messages not sent yet"
    yield GaugeMetricFamily("sawt_outbox_waiting", waiting, value=found.outbox_waiting)
    age = "For how long the longest waiting due message has been due"
    yield GaugeMetricFamily("sawt_outbox_age_seconds", age, value=found.outbox_age)
    overdue = GaugeMetricFamily("sawt_deadlines_overdue", "Deadlines missed and not met since", labels=["level"])
    for level, count in found.overdue.items():
        overdue.add_metric([level], count)
    yield overdue
    if found.mailbox_age is not None:
        text = "Since the mailbox was last read to its end"
        yield GaugeMetricFamily("sawt_mailbox_age_seconds", text, value=found.mailbox_age)
    for name, (text, value) in found.gauges.items():
        yield GaugeMetricFamily(f"sawt_{name}", text, value=value)
    if found.heartbeat_age is not None:
        text = "Since the clock last reached a worker"
        yield GaugeMetricFamily("sawt_heartbeat_age_seconds", text, value=found.heartbeat_age)
    if found.scans is not None:
        yield from scans(found.scans)


def scans(found: Scans) -> Iterator[Metric]:
    """Say how the virus scanner stands, where one is configured."""
    yield GaugeMetricFamily("sawt_scanner_up", "Whether the virus scanner answers", value=float(found.is_up))
    yield GaugeMetricFamily("sawt_files_waiting", "Files held back until they are scanned", value=found.waiting)
    age = "For how long the longest waiting new file has been held back"
    yield GaugeMetricFamily("sawt_files_waiting_seconds", age, value=found.age)
    yield GaugeMetricFamily("sawt_files_infected", "Files in which a virus was found", value=found.infected)


class Command(BaseCommand):
    """Add up what all processes counted, beside what the database knows."""

    help = "Serves measures for Prometheus under /metrics."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where to listen."""
        parser.add_argument("--address", default="127.0.0.1", help="where to listen; 0.0.0.0 inside a container")
        parser.add_argument("--port", type=int, default=9100)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until asked to end."""
        together = registry()
        together.register(PortalCollector())
        server, thread = start_http_server(options["port"], options["address"], registry=together)
        self.stdout.write(f"Measures are served on port {server.server_port}.")
        signal.signal(signal.SIGTERM, lambda *_: server.shutdown())
        try:
            thread.join()
        except KeyboardInterrupt:
            server.shutdown()
