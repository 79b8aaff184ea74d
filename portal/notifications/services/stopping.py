"""Stopping messages by the link in each of them, without signing in."""

from collections.abc import Mapping

from django.db import transaction

from portal.accounts.models import Person
from portal.notifications.choices import DEFAULTS, ON_SITE, Choice, Subject
from portal.notifications.models import Follow
from portal.notifications.rules import Stop, read_stop_token
from portal.notifications.selectors import choices_of
from portal.notifications.services.choosing import ChoiceRefused, set_preference
from portal.notifications.services.following import FollowRefused, follow, unfollow


def by_token(token: str) -> tuple[Person, Stop] | None:
    """Return whose messages a link stops and which; None for a link that is not ours, or of somebody who is gone."""
    found = read_stop_token(token)
    person = Person.objects.filter(code=found[0], erased_at=None).first() if found else None
    return (person, found[1]) if person and found else None


@transaction.atomic
def stop(person: Person, what: Stop) -> dict[Subject, Choice]:
    """Send it no more; the portal still shows it. Return what was chosen before. The same again changes nothing."""
    chosen = choices_of(person)
    if what.follow:
        unfollow(person, kind=what.follow[0], key=what.follow[1])
    for subject in what.subjects:
        set_preference(person, subject, ON_SITE.way, ON_SITE.rhythm)
    return {subject: chosen[subject] for subject in what.subjects if chosen[subject] != ON_SITE}


@transaction.atomic
def take_back(person: Person, what: Stop, before: Mapping[Subject, Choice] | None = None) -> bool:
    """Send it again; False where what was followed is no longer public.

    It comes as it was chosen ``before``, and where that is not known or not possible any more as to whoever chose
    nothing.
    """
    for subject in what.subjects:
        wanted = (before or {}).get(subject, DEFAULTS[subject])
        try:
            set_preference(person, subject, wanted.way, wanted.rhythm)
        except ChoiceRefused:
            set_preference(person, subject, DEFAULTS[subject].way, DEFAULTS[subject].rhythm)
    if what.follow:
        try:
            follow(person, kind=what.follow[0], key=what.follow[1])
        except FollowRefused:
            return False
    return True


def is_stopped(person: Person, what: Stop) -> bool:
    """Tell whether nothing of it is sent."""
    if what.follow:
        return not Follow.objects.filter(person=person, kind=what.follow[0], key=what.follow[1]).exists()
    choices = choices_of(person)
    return all(choices[subject] == ON_SITE for subject in what.subjects)
