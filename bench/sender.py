"""A sender of mailings in a process of its own: ``python -m bench.sender MAILING CONNECTIONS`` says how it went."""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

PURPOSE = "bench"


def register() -> None:
    """Offer a purpose whose members are all members."""
    from portal import registry
    from portal.mailings.emails import TOKEN_SLOT

    registry.mailings.register(
        PURPOSE,
        registry.MailingPurpose(
            label="Bench",
            list_id="bench",
            leave_path=lambda language: f"/{language}/leave/{TOKEN_SLOT}/",
            tokens=_tokens,
            ended=lambda member, reason: None,
        ),
    )


def _tokens(deliveries: list[Any]) -> dict[int, str]:
    from newsletter.selectors.mailing import tokens

    return tokens(deliveries)


def main() -> None:
    """Send one mailing."""
    import django

    django.setup()
    # What a worker has loaded that runs all tasks, not this one alone.
    from portal.celery import app
    from portal.mailings.services import sending

    app.loader.import_default_modules()
    register()
    mailing, connections = int(sys.argv[1]), int(sys.argv[2])
    begun, worked = perf_counter(), process_time()
    sent = sending.send(mailing, spell=3600, connections=connections)
    seconds, cpu = perf_counter() - begun, process_time() - worked
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(json.dumps({"sent": sent, "seconds": seconds, "cpu": cpu, "megabytes": peak * 1024 / 1_000_000}))


if __name__ == "__main__":
    main()
