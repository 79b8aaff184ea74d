"""A Celery worker that knows the tests' purpose: run as a program by the tests of outages; never by pytest.

python -m tests.mailings.worker_stage PORT BROKER
"""

import sys

import django


def main() -> None:
    """Work as a worker does, with short spells, so that it asks the broker for itself often."""
    from django.conf import settings

    from portal.celery import app
    from portal.mailings.services import sending
    from tests.mailings.conftest import register

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
    settings.BULK_CONNECTIONS = 2
    send = sending.send
    sending.send = lambda pk: send(pk, spell=1.0)
    app.conf.update(task_always_eager=False, broker_url=sys.argv[2], task_routes={}, task_default_queue="outages")
    register()
    app.worker_main(["worker", "--pool=threads", "--concurrency=1", "--queues=outages", "--loglevel=info"])


if __name__ == "__main__":
    django.setup()
    main()
