"""Speed of what goes to many: ``python -m bench.mailings``, also a part of ``make bench``.

Messages of 10 kB to a relay on this machine, each way in turn so that a slow minute slows all alike.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from smtplib import SMTP
from statistics import median
from time import perf_counter
from typing import Any

from bench import processes, yardsticks

RESULTS = Path(__file__).parent / "mailings.json"
ROUNDS, MESSAGES = 5, 3000
# With the delay a single connection is slow: fewer messages say as much.
DELAY, FAR_MESSAGES, FAR_CONNECTIONS = 0.02, 100, 32
WIDTHS = (1, 2, 4, 8)
MILLION = 1_000_000
_PURPOSE = "bench"


def measure() -> list[Any]:
    """Return the lines of the table."""
    from bench.run import Measure

    _register()
    with sink() as near, sink(DELAY) as far:
        rates = _rates(near)
        fast, slow = _far(far)
        memory = _memory(near)
    seconds = _freeze_a_million()

    def ratio(above: str, below: str) -> float:
        return median(one / other for one, other in zip(rates[above], rates[below], strict=True))

    best = max(WIDTHS, key=lambda width: ratio(f"{width} connections", "raw"))
    theirs = "django-newsletter" if "django-newsletter" in rates else "their loop"
    print(f"best number of connections: {best}; a million frozen in {seconds:.1f} s; load {os.getloadavg()[0]:.1f}")
    print(f"÷ the loop of django-newsletter without its queries: {ratio(f'{best} connections', 'their loop'):.2f}")
    said = "Messages of 10 kB a second, each recipient's record committed"
    return [
        Measure(f"{said}, one connection ÷ raw smtplib", ratio("1 connections", "raw"), 0.4, "at_least"),
        Measure(f"{said}, best number ÷ raw smtplib", ratio(f"{best} connections", "raw"), 0.6, "at_least"),
        Measure(f"{said}, best number ÷ {theirs}", ratio(f"{best} connections", theirs), 5, "at_least"),
        Measure("Relay 20 ms away: 32 connections ÷ one", fast / slow, 15, "at_least"),
        Measure("Seconds to freeze 1,000,000 recipients", seconds, 60, "at_most"),
        Measure("Resident memory of the sender of mailings in MB", memory, 150, "at_most"),
    ]


def _rates(port: int) -> dict[str, list[float]]:
    """Return the messages a second of each way in each round."""
    ways: dict[str, Callable[[], float]] = {
        "raw": lambda: _raw(port),
        "their loop": lambda: yardsticks.loop(port, _text("{{ token }}"), _html("{{ token }}")),
    }
    if yardsticks.their_python() is not None:
        ways["django-newsletter"] = lambda: yardsticks.package(port)
    for width in WIDTHS:
        ways[f"{width} connections"] = lambda width=width: _ours(port, width, MESSAGES)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        # Turned round each time, so that none always follows the same one.
        names = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in names:
            found[name].append(ways[name]())
        print(f"round {number + 1} of {ROUNDS}: " + ", ".join(f"{name} {found[name][-1]:,.0f}/s" for name in ways))
    return found


def _far(port: int) -> tuple[float, float]:
    slow = _ours(port, 1, FAR_MESSAGES)
    fast = _ours(port, FAR_CONNECTIONS, FAR_MESSAGES * FAR_CONNECTIONS)
    print(f"relay 20 ms away: one connection {slow:,.1f}/s, {FAR_CONNECTIONS} connections {fast:,.1f}/s")
    return fast, slow


@contextmanager
def sink(delay: float = 0.0) -> Iterator[int]:
    """Run a relay in a process of its own; give its port."""
    port = processes.free_port()
    command = [sys.executable, "-m", "bench.sink", str(port), str(delay)]
    with processes.running(f"sink-{delay}", command, dict(os.environ)):
        processes.wait_for(lambda: SMTP("127.0.0.1", port, timeout=5).quit(), "the relay")
        yield port


def _raw(port: int) -> float:
    """Return the messages a second of the standard library."""
    from portal.mailings.emails import Mould

    content = Mould(_mailing(1).editions.select_related("mailing").get()).fill(
        address="reader@example.org", message_id="x", token="x" * 34
    )
    return yardsticks.raw(port, content, MESSAGES)


def _ours(port: int, connections: int, count: int) -> float:
    """Return the messages a second of the sender, from the first claim to the last record."""
    found = _sender(port, connections, _frozen(count).pk)
    assert found["sent"] == count, found
    return count / found["seconds"]


def _memory(port: int) -> float:
    """Return the most memory that a sender took, in MB of a million bytes."""
    return _sender(port, 8, _frozen(MESSAGES).pk)["megabytes"]


def _sender(port: int, connections: int, mailing: int) -> dict[str, float]:
    env = dict(os.environ) | {"SAWT_BENCH_SMTP": str(port)}
    command = [sys.executable, "-m", "bench.sender", str(mailing), str(connections)]
    done = subprocess.run(command, cwd=processes.ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def _register() -> None:
    from bench.sender import register

    register()


def _text(slot: str) -> str:
    return "What is open, what was decided.\n" * 90 + f"\nLeave: https://sawt.example/leave/{slot}/\n"


def _html(slot: str) -> str:
    words = "<p>What is open, what was decided, and what became of it.</p>\n" * 105
    return f'{words}<p><a href="https://sawt.example/leave/{slot}/">Leave</a></p>\n'


def _mailing(number: int) -> Any:
    """Return a new mailing with one edition of about 10 kB."""
    from django.utils import timezone

    from portal.accounts.models import Organisation
    from portal.mailings.emails import TOKEN_SLOT
    from portal.mailings.models import Mailing
    from portal.mailings.services import freezing
    from portal.messaging.emails import Rendered

    body, _ = Organisation.objects.get_or_create(code="bench", defaults={"kind": "ministry", "name_en": "Bench"})
    now = timezone.now()
    return freezing.prepare(
        f"bench/{Mailing.objects.count()}-{number}",
        purpose=_PURPOSE,
        title="The Monday newsletter",
        organisation=body,
        editions={"en": Rendered("The Monday newsletter", _text(TOKEN_SLOT), _html(TOKEN_SLOT))},
        start_at=now,
        not_after=now + timedelta(hours=6),
    )


def _frozen(count: int) -> Any:
    """Return a mailing that is on its way to so many recipients."""
    from portal.mailings.choices import MailingState
    from portal.mailings.models import Mailing
    from portal.mailings.services import freezing

    mailing = _mailing(count)
    freezing.freeze(mailing, _audience(count))
    Mailing.objects.filter(pk=mailing.pk).update(state=MailingState.SENDING)
    return mailing


def _audience(count: int) -> Any:
    from newsletter.models import Subscription

    _fill(count)
    return Subscription.objects.filter(code__lt=f"b{count:09}").as_audience()


def _fill(count: int) -> None:
    """See to it that there are so many subscriptions."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FILL, [count])
        cursor.execute("ANALYZE newsletter_subscription")


def _freeze_a_million() -> float:
    from portal.mailings.services import freezing

    audience = _audience(MILLION)
    mailing = _mailing(MILLION)
    begun = perf_counter()
    assert freezing.freeze(mailing, audience) == MILLION
    return perf_counter() - begun


_FILL = """
INSERT INTO newsletter_subscription
    (code, salt, email, email_key, language, frequency, state, is_canary, created_at, confirmed_at)
SELECT 'b' || lpad(n::text, 9, '0'), 'salt', 'reader' || n || '@example' || n %% 500 || '.org',
       'reader' || n || '@example' || n %% 500 || '.org', 'en', 'weekly', 'active', false, now(), now()
  FROM generate_series(0, %s - 1) AS n
ON CONFLICT DO NOTHING
"""


def main() -> int:
    """Measure on a database of its own, print the table, write it down; return 1 when a bound does not hold."""
    if not os.environ.get("DATABASE_URL"):
        print("Start PostgreSQL first (`make services`), or set DATABASE_URL.")
        return 2
    yardsticks.their_python()
    with processes.empty_database():
        import django

        django.setup()
        from bench.run import print_table, write

        found = measure()
        print_table(found)
        write(found, RESULTS)
    yardsticks.remove_their_database()
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
