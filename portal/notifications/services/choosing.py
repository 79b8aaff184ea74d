"""What people choose; what already waits for them goes by it at once."""

from typing import Any

from django.db import transaction

from portal.accounts.models import Person
from portal.messaging.channels import is_on
from portal.messaging.choices import BY_NUMBER, Way
from portal.notifications.choices import ALWAYS_SENT, ON_SITE, Choice, NoticeState, Rhythm, Subject
from portal.notifications.models import Notice, Preference, Wishes
from portal.notifications.rules import plan
from portal.notifications.selectors import wanted_by, wishes_of

_TIMES = frozenset({"quiet_from", "quiet_to", "daily_hour", "weekly_day"})


class ChoiceRefused(Exception):
    """``reason``: ``always`` for stopping what always reaches people, ``number`` for a way without a confirmed one,
    ``off`` for one that this portal does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def set_preference(person: Person, subject: Subject | str, way: Way | str, rhythm: Rhythm | str) -> Preference:
    """Choose how and when a person is told of a subject. Raises ``ChoiceRefused``.

    “On the portal only” and “never” are one thing, whichever of the two is given.
    """
    subject, choice = Subject(subject), Choice(Way(way), Rhythm(rhythm))
    person = _locked(person)
    if choice.way == Way.WEB or choice.rhythm == Rhythm.NEVER:
        choice = ON_SITE
    if choice == ON_SITE and subject in ALWAYS_SENT:
        raise ChoiceRefused("always")
    if choice.way in BY_NUMBER and not is_on(choice.way):
        raise ChoiceRefused("off")
    if choice.way in BY_NUMBER and not wishes_of(person).phone:
        raise ChoiceRefused("number")
    row, _ = Preference.objects.update_or_create(
        person=person, subject=subject, defaults={"way": choice.way, "rhythm": choice.rhythm}
    )
    _plan_anew(person)
    return row


@transaction.atomic
def set_wishes(person: Person, **times: Any) -> Wishes:
    """Choose quiet hours (``quiet_from``, ``quiet_to``), ``daily_hour`` and ``weekly_day`` (from Monday, 0).

    Raises ``ValidationError`` for an hour or a day that there is not.
    """
    if unknown := set(times) - _TIMES:
        raise TypeError(f"no such wishes: {sorted(unknown)}")
    person = _locked(person)
    wishes = wishes_of(person)
    for name, value in times.items():
        setattr(wishes, name, value)
    wishes.clean_fields(exclude={field.name for field in Wishes._meta.fields} - _TIMES)
    wishes.save()
    _plan_anew(person)
    return wishes


def _locked(person: Person) -> Person:
    """Return the locked person: nothing is sent to them while they choose."""
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def _plan_anew(person: Person) -> None:
    """Let what waits go out as the person wants it now."""
    wanted = wanted_by([person.pk])[person.pk]
    waiting = list(Notice.objects.filter(person=person, state=NoticeState.WAITING).locked())
    for notice in waiting:
        planned = plan(wanted.choices[Subject(notice.subject)], wanted.wishes, notice.at)
        notice.state = NoticeState.WAITING if planned else NoticeState.SITE
        notice.due_at = planned.due_at if planned else None
    Notice.objects.bulk_update(waiting, ["state", "due_at"], batch_size=500)
