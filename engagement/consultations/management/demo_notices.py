"""What the demonstration's people follow, and what they were told of consultations since.

Told by the same functions as ever, with the days on which it happened; nothing of it is sent any more.
"""

from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from engagement.consultations.choices import PUBLIC_STATUSES
from engagement.consultations.models import Consultation
from engagement.consultations.selectors.notices import CLOSES_SOON
from portal.accounts.models import Organisation, Person
from portal.notifications.choices import NoticeState
from portal.notifications.models import Follow, Notice
from portal.notifications.services import happened
from portal.notifications.services.telling import hand_round
from portal.pages.models import Topic
from portal.registry import DemoStage

# How many days ago people began to follow, and since when what they were told is still new to them.
BEGAN, NEW = timedelta(days=100), timedelta(days=9)
FOLLOWERS = 60
# By slug, topic and body.
OF_ACCOUNTS = {
    "citizen": (["personal-data-charter", "disability-card-renewal"], ["mobility"], ["municipal"]),
    "organisation": (["licence-digital-home-business"], ["business"], ["digital"]),
}


@transaction.atomic
def load(stage: DemoStage) -> None:
    """Load follows and notices, unless somebody follows something already."""
    if Follow.objects.exists():
        return
    Follow.objects.bulk_create(_follows(stage))
    for at, what, code, again in sorted(_events(stage.anchor)):
        once = f"consultation-{what}-{code}{again}"
        happened(f"consultation.{what}", kind="consultation", key=code, once=once, at=at)
    hand_round(spell=600)
    Notice.objects.filter(state=NoticeState.WAITING).update(state=NoticeState.SITE, due_at=None)
    Notice.objects.filter(at__lt=stage.anchor - NEW).update(read_at=stage.anchor)
    stage.say(f"{Follow.objects.count()} follows, {Notice.objects.count()} notifications")


def _follows(stage: DemoStage) -> list[Follow]:
    codes = dict(Consultation.objects.filter(status__in=PUBLIC_STATUSES).values_list("slug", "code"))
    chosen: list[tuple[Person, str, str]] = []
    for name, (slugs, topics, bodies) in OF_ACCOUNTS.items():
        person = Person.objects.get(email=f"{name}@demo.example")
        chosen += [(person, "consultation", codes[slug]) for slug in slugs]
        chosen += [(person, "topic", topic) for topic in topics]
        chosen += [(person, "organisation", body) for body in bodies]
    things = [
        *(("consultation", code) for _slug, code in sorted(codes.items())),
        *(("topic", code) for code in Topic.objects.values_list("code", flat=True)),
        *(("organisation", code) for code in Organisation.objects.public_bodies().values_list("code", flat=True)),
    ]
    # A source of its own: what is drawn here changes nothing of what others draw.
    random = Random("follows")
    others = list(Person.objects.filter(email__endswith="@people.demo.example").order_by("pk"))
    for person in random.sample(others, min(FOLLOWERS, len(others))):
        chosen += [(person, kind, key) for kind, key in random.sample(things, random.randint(1, 3))]
    since = stage.anchor - BEGAN
    return [Follow(person=person, kind=kind, key=key, created_at=since) for person, kind, key in chosen]


def _events(anchor: datetime) -> list[tuple[datetime, str, str, str]]:
    """Return what happened to consultations between the follows and the anchor day, as their dates say."""
    found = []
    for one in Consultation.objects.filter(status__in=PUBLIC_STATUSES):
        found += [
            (one.published_at, "published", one.code, ""),
            (one.opens_at, "opened", one.code, ""),
            (one.closes_at - CLOSES_SOON, "closing", one.code, f"-{one.closes_at:%Y%m%d%H%M}"),
            (one.withdrawn_at, "withdrawn", one.code, ""),
            (one.responded_at, "concluded", one.code, ""),
        ]
    return [row for row in found if row[0] is not None and anchor - BEGAN < row[0] <= anchor]
