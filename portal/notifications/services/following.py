"""Following and unfollowing."""

from django.db import transaction

from portal.accounts.models import Person
from portal.notifications.choices import NoticeState
from portal.notifications.models import Follow, Notice
from portal.registry.notices import followables

# Of one person: more is a program at work.
MOST_FOLLOWS = 500


class FollowRefused(Exception):
    """``reason``: ``unknown`` for what is not public or cannot be followed, ``many`` for more than anybody reads."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def follow(person: Person, *, kind: str, key: str) -> Follow:
    """Follow something public; the same again changes nothing. Raises ``FollowRefused``."""
    if kind not in followables or key not in followables[kind].find([key]):
        raise FollowRefused("unknown")
    if Follow.objects.filter(person=person)[:MOST_FOLLOWS].count() >= MOST_FOLLOWS:
        raise FollowRefused("many")
    return Follow.objects.get_or_create(person=person, kind=kind, key=key)[0]


@transaction.atomic
def unfollow(person: Person, *, kind: str, key: str) -> bool:
    """Follow something no more, public or not; tell whether it was followed.

    What waits to be sent because of it stands on the portal alone.
    """
    # As when somebody chooses: nothing is sent to them meanwhile.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    waiting = Notice.objects.filter(person=person, state=NoticeState.WAITING, follow_kind=kind, follow_key=key)
    found = list(waiting.locked().values_list("pk", flat=True))
    Notice.objects.filter(pk__in=found).update(state=NoticeState.SITE, due_at=None)
    return bool(Follow.objects.filter(person=person, kind=kind, key=key).delete()[0])
