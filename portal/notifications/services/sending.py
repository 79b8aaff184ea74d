"""Sending what is due: the notices of some people, in one transaction with the messages that tell them.

Whatever fails in between undoes all of it, so that nothing is lost and nothing is told twice.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation

from portal.accounts.models import Person
from portal.mailings.services.suppression import suppressed_among
from portal.messaging.choices import Way
from portal.messaging.services import post_all
from portal.notifications.choices import GATHERED, NoticeState, Rhythm, Subject
from portal.notifications.emails import Letter, Writer
from portal.notifications.models import Digest, Notice
from portal.notifications.rules import Plan, end_of_quiet, is_quiet, last_slot, next_slot, plan
from portal.notifications.selectors import Wanted, shown, wanted_by

logger = logging.getLogger("sawt.notifications")

SPELL = 50.0
PEOPLE = 50
# After what was sent at once, what comes up next is gathered for so long: whoever is replied to by many gets few mails.
PAUSE = timedelta(minutes=5)
# Longer than it takes from one slot to the next.
LONGEST = timedelta(days=8)

Planned = list[tuple[Notice, Plan]]


def send_due(*, spell: float = SPELL) -> int:
    """Write to everybody for whom something is due, for so many seconds; return how many messages were written."""
    until, written, last = monotonic() + spell, 0, 0
    while monotonic() < until:
        due = Notice.objects.due(timezone.now()).filter(person_id__gt=last).order_by("person_id")
        people = list(due.values_list("person_id", flat=True).distinct()[:PEOPLE])
        if not people:
            break
        last = people[-1]
        written += _send_all(people)
    return written


def _send_all(people: list[int]) -> int:
    """Write to these people; what is wrong with the notices of one keeps nobody else waiting."""
    try:
        return send_to(people)
    except (OperationalError, InterfaceError):
        # The database itself: the next tick goes on.
        raise
    except Exception:
        if len(people) == 1:
            logger.exception("The notices of person %s could not be sent", people[0])
            return 0
    return sum(_send_all([one]) for one in people)


@transaction.atomic
def send_to(people: list[int]) -> int:
    """Write to some people what is due for them; return how many messages. Whoever is written to by others is left."""
    free = Person.objects.filter(pk__in=people).order_by("pk").select_for_update(skip_locked=True, no_key=True)
    found = {person.pk: person for person in free}
    claim = _Claim(found, timezone.now())
    for person, wanted, notices in claim.people:
        claim.plan(person, wanted, notices)
    return claim.write()


class _Claim:
    """What is due for some people, and what becomes of it: gathered here, and written in few statements at the end."""

    def __init__(self, people: dict[int, Person], now: datetime) -> None:
        self.now, self.writer = now, Writer()
        self.letters: list[Letter] = []
        self.settled: dict[NoticeState, list[int]] = defaultdict(list)
        self.put_off: dict[datetime, list[int]] = defaultdict(list)
        notices: dict[int, list[Notice]] = defaultdict(list)
        for notice in Notice.objects.due(now).filter(person__in=people).locked():
            notices[notice.person_id].append(notice)
        wanted = wanted_by(notices)
        self.people = [(people[pk], wanted[pk], theirs) for pk, theirs in notices.items()]
        # The slots that had their message; that of what was sent at once is the moment at which it was.
        recent = Digest.objects.filter(person__in=notices, slot__gt=now - LONGEST)
        self.digests = list(recent.values_list("person_id", "way", "slot", "created_at"))
        self.suppressed = suppressed_among(people[pk].email for pk in notices)

    def plan(self, person: Person, wanted: Wanted, notices: list[Notice]) -> None:
        """Decide what becomes of one person's notices: as they want it now, whatever they wanted before."""
        if not person.is_active or person.erased_at is not None:
            self._settle(notices, NoticeState.SITE)
            return
        by_way: dict[Way, Planned] = defaultdict(list)
        for notice in notices:
            planned = plan(wanted.choices[Subject(notice.subject)], wanted.wishes, notice.at)
            if planned is None:
                self._settle([notice], NoticeState.SITE)
            elif (due_at := self._due_at(person, planned, wanted)) > self.now:
                self._put_off([notice], due_at)
            else:
                by_way[planned.way].append((notice, planned))
        for way, some in by_way.items():
            self._tell(person, wanted, way, some)

    def _due_at(self, person: Person, planned: Plan, wanted: Wanted) -> datetime:
        """Return when it goes out; what is late keeps to the quiet hours too, unless it was asked for in them."""
        due_at = planned.due_at
        if planned.rhythm == Rhythm.AT_ONCE:
            at_once = [slot for pk, _way, slot, at in self.digests if pk == person.pk and slot == at]
            due_at = max([due_at, *(slot + PAUSE for slot in at_once)])
        at = max(due_at, self.now)
        if is_quiet(wanted.wishes, at) and not is_quiet(wanted.wishes, planned.due_at):
            return end_of_quiet(wanted.wishes, at)
        return due_at

    def _tell(self, person: Person, wanted: Wanted, way: Way, planned: Planned) -> None:
        if way == Way.EMAIL and person.email in self.suppressed:
            # The address takes no mail: what there is to say stands on the portal.
            self._settle([notice for notice, _plan in planned], NoticeState.SITE)
            return
        notices, slot = self._with_slot(person, wanted, way, planned)
        with translation.override(person.language):
            told = shown(notices, person)
            self._settle([notice for notice in notices if notice.pk not in told], NoticeState.LEFT_OUT)
            lines = [(notice, told[notice.pk]) for notice in notices if notice.pk in told]
            if lines:
                self.letters.append(self.writer.write(person, way, wanted.wishes, slot, lines))

    def _with_slot(self, person: Person, wanted: Wanted, way: Way, planned: Planned) -> tuple[list[Notice], datetime]:
        """Return what goes into one message, and the slot of which it is the only one.

        What is gathered has the last slot that has come, however many went by without us. Where that slot has had its
        message, what is gathered waits for the next one.
        """
        notices = [notice for notice, _plan in planned]
        gathered = {plan.rhythm for _notice, plan in planned} & GATHERED
        if not gathered:
            return notices, self.now
        slot = max(last_slot(rhythm, wanted.wishes, self.now) for rhythm in gathered)
        if not any((person.pk, way, slot) == digest[:3] for digest in self.digests):
            return notices, slot
        for rhythm in gathered:
            late = [notice for notice, plan in planned if plan.rhythm == rhythm]
            self._put_off(late, next_slot(rhythm, wanted.wishes, self.now))
        return [notice for notice, plan in planned if plan.rhythm == Rhythm.AT_ONCE], self.now

    def write(self) -> int:
        """Write all of it down; return how many messages."""
        for state, some in self.settled.items():
            Notice.objects.filter(pk__in=some).update(state=state, due_at=None)
        for due_at, some in self.put_off.items():
            Notice.objects.filter(pk__in=some).update(due_at=due_at)
        post_all([letter.message for letter in self.letters])
        digests = [
            Digest(person=one.person, way=one.way, slot=one.slot, message=one.message, created_at=self.now)
            for one in self.letters
        ]
        Digest.objects.bulk_create(digests)
        told = []
        for digest, letter in zip(digests, self.letters, strict=True):
            for notice in letter.notices:
                notice.digest = digest
                told.append(notice)
        Notice.objects.bulk_update(told, ["digest"], batch_size=1000)
        Notice.objects.filter(pk__in=[one.pk for one in told]).update(state=NoticeState.SENT, due_at=None)
        return len(self.letters)

    def _settle(self, notices: list[Notice], state: NoticeState) -> None:
        self.settled[state] += [one.pk for one in notices]

    def _put_off(self, notices: list[Notice], due_at: datetime) -> None:
        self.put_off[due_at] += [one.pk for one in notices]
