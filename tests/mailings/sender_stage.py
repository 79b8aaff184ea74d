"""Send a mailing until it has ended: run as a program by the tests of faults, which kill it; never by pytest.

python -m tests.mailings.sender_stage MAILING PORT CONNECTIONS LEASE
"""

import sys
import time
from datetime import timedelta

import django


def main() -> None:
    """Send, as a worker does, tick after tick; an error of the database ends one task, not the worker."""
    from django.conf import settings
    from django.db import close_old_connections
    from django.db.utils import Error

    from portal.mailings.models import Mailing
    from portal.mailings.services import sending
    from tests.mailings.conftest import register

    number, port, connections, lease = (int(word) for word in sys.argv[1:])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    # A test does not wait for minutes until what a killed sender held is free again.
    sending.LEASE, sending.LEASE_MARGIN = timedelta(seconds=lease), timedelta(seconds=lease / 2)
    sending.HOLD = timedelta(seconds=lease)
    register()
    print("ready", flush=True)
    while True:
        try:
            close_old_connections()
            if not Mailing.objects.filter(pk=number, state="sending").exists():
                return
            sending.send(number, spell=30, connections=connections)
        except Error as error:
            print(type(error).__name__, flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    django.setup()
    main()
