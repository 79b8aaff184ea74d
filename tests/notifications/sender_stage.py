"""Tick for ever: run as a program by the tests of faults, which kill it; never by pytest.

python -m tests.notifications.sender_stage PEOPLE
"""

import sys

import django


def main() -> None:
    """Hand round and send, as a worker does, tick after tick."""
    from portal.notifications.services import sending, telling
    from tests.notifications.conftest import register

    telling.CLAIM = sending.PEOPLE = int(sys.argv[1])
    register()
    print("ready", flush=True)
    # All that are to work beside each other begin together.
    sys.stdin.readline()
    while True:
        telling.hand_round()
        sending.send_due()


if __name__ == "__main__":
    django.setup()
    main()
