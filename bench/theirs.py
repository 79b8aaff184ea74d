"""django-newsletter itself, sending as its documentation says: ``python bench/theirs.py PORT COUNT``.

Run by an interpreter of its own (see ``bench.yardsticks``), with the database's address as JSON on its standard input.
Everything is as the package has it by default: its templates, its command ``submit_newsletter``, no delay and no
batches, Django's SMTP backend, and a message of about 10 kB. Says how many copies it sent in how many seconds.
"""

import json
import sys
from datetime import timedelta
from time import perf_counter

import django
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.urls import include, path

_LINE = "<p>What is open, what was decided, and what became of it.</p>\n"
urlpatterns = [path("newsletter/", include("newsletter.urls"))] if __name__ != "__main__" else []


def _set_up(port: int, database: dict[str, str]) -> None:
    settings.configure(
        SECRET_KEY="of a measure",
        SITE_ID=1,
        USE_TZ=True,
        ROOT_URLCONF="theirs",
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sites", "sessions", "messages", "admin")),
            "sorl.thumbnail",
            "newsletter",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
    )
    django.setup()


def _filled(count: int):
    """Return the one message of the newsletter with so many subscribers, made once."""
    from django.contrib.sites.models import Site

    from newsletter.models import Article, Message, Newsletter, Subscription

    call_command("migrate", verbosity=0)
    found = Message.objects.first()
    if found is not None:
        return found
    theirs = Newsletter.objects.create(title="Monday", slug="monday", email="news@sawt.example", sender="Sawt")
    theirs.site.set(Site.objects.all())
    message = Message.objects.create(title="The Monday newsletter", slug="monday", newsletter=theirs)
    Article.objects.create(post=message, title="What is open", sortorder=10, text=_LINE * 80)
    Subscription.objects.bulk_create(
        Subscription(newsletter=theirs, email_field=f"reader{number}@example.org", subscribed=True)
        for number in range(count)
    )
    return message


def _submission(message):
    from django.utils import timezone

    from newsletter.models import Submission

    Submission.objects.all().delete()
    made = Submission.from_message(message)
    made.publish_date = timezone.now() - timedelta(hours=1)
    made.prepared = True
    made.save()
    return made


def _size_of(message) -> int:
    """Return the bytes of one copy."""
    submission = _submission(message)
    mail.outbox = []
    settings.EMAIL_BACKEND, kept = "django.core.mail.backends.locmem.EmailBackend", settings.EMAIL_BACKEND
    submission.send_message(submission.subscriptions.first())
    settings.EMAIL_BACKEND = kept
    return len(mail.outbox[0].message().as_bytes())


def main() -> None:
    """Send to all once."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    _set_up(port, json.load(sys.stdin))
    message = _filled(count)
    size = _size_of(message)
    submission = _submission(message)
    assert submission.subscriptions.count() == count
    begun = perf_counter()
    call_command("submit_newsletter", verbosity=0)
    seconds = perf_counter() - begun
    submission.refresh_from_db()
    assert submission.sent
    print(json.dumps({"sent": count, "seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    main()
