"""What is kept of a person here: given out, forgotten, and not kept for ever."""

from typing import Any

from django.db import transaction

from portal.accounts.models import Person
from portal.notifications.models import Digest, Follow, Notice, Preference, Wishes


def export_notices(person: Person) -> dict[str, Any]:
    """Return what a person chose, follows and was told. Texts of others are not kept here, and so not in it."""
    return {
        "wishes": list(
            Wishes.objects.filter(person=person).values(
                "quiet_from", "quiet_to", "daily_hour", "weekly_day", "phone", "new_phone"
            )
        ),
        "choices": list(
            Preference.objects.filter(person=person).order_by("subject").values("subject", "way", "rhythm")
        ),
        "follows": list(Follow.objects.filter(person=person).order_by("pk").values("kind", "key", "created_at")),
        "notices": list(
            Notice.objects.filter(person=person)
            .order_by("pk")
            .values("subject", "event", "kind", "key", "at", "state", "read_at", "digest__way", "digest__created_at")
        ),
    }


@transaction.atomic
def erase_notices(person: Person) -> None:
    """Forget what a person chose, follows and was told; nothing that waits is sent."""
    for model in (Notice, Digest, Follow, Preference, Wishes):
        model.objects.filter(person=person).delete()
