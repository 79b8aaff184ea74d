"""Sending what is due: each person's notices together, in one transaction with the message that tells them.

Whatever fails in between undoes both, so that nothing is lost and nothing is told twice.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone, translation

from portal.accounts.models import Person
from portal.mailings.services.suppression import is_suppressed
from portal.messaging.choices import Way
from portal.notifications import emails
from portal.notifications.choices import GATHERED, NoticeState, Rhythm, Subject
from portal.notifications.models import Digest, Notice
from portal.notifications.rules import Plan, end_of_quiet, is_quiet, last_slot, next_slot, plan
from portal.notifications.selectors import Wanted, shown, wanted_by

logger = logging.getLogger("sawt.notifications")

SPELL = 50.0
PEOPLE = 100
# Of one person in one message; what is beyond goes with the next one.
NOTICES = 1000
# After what was sent at once, what comes up next is gathered for so long: whoever is replied to by many gets few mails.
PAUSE = timedelta(minutes=5)


def send_due(*, spell: float = SPELL) -> int:
    """Write to everybody for whom something is due, for so many seconds; return how many messages were written."""
    until, written, last = monotonic() + spell, 0, 0
    while monotonic() < until:
        due = Notice.objects.due(timezone.now()).filter(person_id__gt=last).order_by("person_id")
        people = list(due.values_list("person_id", flat=True).distinct()[:PEOPLE])
        if not people:
            break
        for last in people:
            written += _send_one(last)
    return written


def _send_one(person_id: int) -> int:
    """Write to one person; what is wrong with their notices keeps nobody else waiting."""
    try:
        return send_to(person_id)
    except (OperationalError, InterfaceError):
        # The database itself: the next tick goes on.
        raise
    except Exception:
        logger.exception("The notices of person %s could not be sent", person_id)
        return 0


@transaction.atomic
def send_to(person_id: int) -> int:
    """Write to one person what is due for them; return how many messages. Nothing while somebody else does."""
    people = Person.objects.select_for_update(skip_locked=True, no_key=True)
    person = people.filter(pk=person_id).first()
    if person is None:
        return 0
    now = timezone.now()
    notices = list(Notice.objects.due(now).filter(person=person).locked()[:NOTICES])
    if not person.is_active or person.erased_at is not None:
        _settle(notices, NoticeState.SITE)
        return 0
    wanted = wanted_by([person.pk])[person.pk]
    by_way = _by_way(notices, wanted, now, _rests_until(person))
    return sum(_send(person, wanted, way, some, now) for way, some in by_way.items())


def _rests_until(person: Person) -> datetime | None:
    """Return until when nothing more is sent at once; None where nothing was. Its slot is the moment it was sent."""
    at_once = Digest.objects.filter(person=person, slot=F("created_at")).order_by("-slot")
    last = at_once.values_list("slot", flat=True).first()
    return last + PAUSE if last else None


Planned = list[tuple[Notice, Plan]]


def _by_way(notices: list[Notice], wanted: Wanted, now: datetime, rests_until: datetime | None) -> dict[Way, Planned]:
    """Return what goes out now, by way: as the person wants it now, whatever they wanted when it was written."""
    found: dict[Way, Planned] = defaultdict(list)
    for notice in notices:
        planned = plan(wanted.choices[Subject(notice.subject)], wanted.wishes, notice.at)
        if planned is None:
            _settle([notice], NoticeState.SITE)
        elif (due_at := _due_at(planned, wanted, now, rests_until)) > now:
            _put_off([notice], due_at)
        else:
            found[planned.way].append((notice, planned))
    return found


def _due_at(planned: Plan, wanted: Wanted, now: datetime, rests_until: datetime | None) -> datetime:
    """Return when it goes out; what we are late with keeps to the quiet hours too, unless it was asked for in them."""
    due_at = planned.due_at
    if planned.rhythm == Rhythm.AT_ONCE and rests_until:
        due_at = max(due_at, rests_until)
    at = max(due_at, now)
    if is_quiet(wanted.wishes, at) and not is_quiet(wanted.wishes, planned.due_at):
        return end_of_quiet(wanted.wishes, at)
    return due_at


def _send(person: Person, wanted: Wanted, way: Way, planned: Planned, now: datetime) -> int:
    if way == Way.EMAIL and is_suppressed(person.email):
        # The address takes no mail: what there is to say stands on the portal.
        _settle([notice for notice, _plan in planned], NoticeState.SITE)
        return 0
    planned, slot = _with_slot(person, wanted, way, planned, now)
    notices = [notice for notice, _plan in planned]
    with translation.override(person.language):
        told = shown(notices, person)
        _settle([notice for notice in notices if notice.pk not in told], NoticeState.LEFT_OUT)
        notices = [notice for notice in notices if notice.pk in told]
        if not notices:
            return 0
        digest = Digest.objects.create(person=person, way=way, slot=slot, created_at=now)
        digest.message = emails.write(digest, wanted.wishes, [(notice, told[notice.pk]) for notice in notices])
    digest.save(update_fields=["message"])
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(
        state=NoticeState.SENT, digest=digest, due_at=None
    )
    return 1


def _with_slot(person: Person, wanted: Wanted, way: Way, planned: Planned, now: datetime) -> tuple[Planned, datetime]:
    """Return what goes into one message, and the slot of which it is the only one.

    What is gathered has the last slot that has come, however many went by without us. Where that slot has had its
    message, what is gathered waits for the next one.
    """
    gathered = {plan.rhythm for _notice, plan in planned} & GATHERED
    if not gathered:
        return planned, now
    slot = max(last_slot(rhythm, wanted.wishes, now) for rhythm in gathered)
    if not Digest.objects.filter(person=person, way=way, slot=slot).exists():
        return planned, slot
    for rhythm in gathered:
        late = [notice for notice, plan in planned if plan.rhythm == rhythm]
        _put_off(late, next_slot(rhythm, wanted.wishes, now))
    return [(notice, plan) for notice, plan in planned if plan.rhythm == Rhythm.AT_ONCE], now


def _settle(notices: list[Notice], state: NoticeState) -> None:
    if notices:
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(state=state, due_at=None)


def _put_off(notices: list[Notice], due_at: datetime) -> None:
    if notices:
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(due_at=due_at)
