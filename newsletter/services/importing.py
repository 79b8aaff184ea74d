"""Subscribing people by a file: read, checked row by row, shown, and only then applied by a person.

Nobody who left, and nobody on the suppression list, is added by others. Whoever is killed in the middle goes on where
it was: a claim and its rows are one transaction.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletter.choices import IMPORT_MOVES, ImportState, SubscriptionState, Verdict
from newsletter.emails import tell_to_confirm
from newsletter.models import Import, ImportRow, Subscription
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from portal.audit.services import record
from portal.celery import enqueue
from portal.mailings.models import Suppression
from portal.mailings.selectors.tables import LANGUAGES, Line, TableRefused, is_address, lines_of
from portal.mailings.services.suppression import hash_of

CHECKED_AT_ONCE, APPLIED_AT_ONCE = 500, 100
KEPT_FOR = timedelta(days=30)
# A task ends after so many claims and asks for the next one.
CLAIMS = 50


class ImportRefused(Exception):
    """The table of moves has no such move from where the import stands."""


@transaction.atomic
def start(made: Import, *, lists: Any, content: bytes, by: Person) -> Import:
    """Keep a file with the consent that is stated for it, and have it read and checked in the background."""
    made.content, made.by = content, by
    made.save()
    made.lists.set(lists)
    record("import.created", made, by=by, data={"is_confirmed": made.is_confirmed})
    enqueue("newsletter.work_on_import", made.pk)
    return made


@transaction.atomic
def apply(found: Import, *, by: Person) -> Import:
    """Subscribe those who are new, in the background. Raises ``ImportRefused``."""
    found = _move(found, ImportState.APPLYING)
    found.applied_at, found.done_count = timezone.now(), 0
    found.row_count = found.rows.filter(verdict=Verdict.NEW).count()
    found.save()
    record("import.applied", found, by=by, data={"rows": found.row_count})
    enqueue("newsletter.work_on_import", found.pk)
    return found


@transaction.atomic
def discard(found: Import, *, by: Person) -> Import:
    """Subscribe nobody, and forget the rows. Raises ``ImportRefused``."""
    found = _move(found, ImportState.DISCARDED)
    found.content, found.finished_at = None, timezone.now()
    found.save()
    found.rows.all().delete()
    record("import.discarded", found, by=by)
    return found


def work(pk: int) -> None:
    """Do the next part of one import, and ask for the one after it."""
    for _ in range(CLAIMS):
        if not _step(pk):
            return
    enqueue("newsletter.work_on_import", pk)


def work_on_all() -> None:
    """See to it that nothing waits that only the portal can do."""
    for pk in Import.objects.to_work_on().values_list("pk", flat=True):
        enqueue("newsletter.work_on_import", pk)


def forget_rows(moment: datetime) -> int:
    """Forget the addresses of imports that ended a month ago; return how many."""
    return ImportRow.objects.filter(parent__finished_at__lte=moment - KEPT_FOR).delete()[0]


@transaction.atomic
def _step(pk: int) -> bool:
    """Do one claim; tell whether there may be more. Another worker that has the import makes this one stop."""
    waiting = Import.objects.select_for_update(no_key=True, skip_locked=True)
    found = waiting.to_work_on().filter(pk=pk).first()
    if found is None:
        return False
    act = {ImportState.READING: _read, ImportState.CHECKING: _check, ImportState.APPLYING: _apply}[found.state]
    act(found)
    found.save()
    return True


def _read(found: Import) -> None:
    try:
        lines = lines_of(bytes(found.content or b""))
    except TableRefused as refused:
        found.state, found.problem, found.finished_at = ImportState.REFUSED, refused.code, timezone.now()
    else:
        ImportRow.objects.bulk_create((_row(found, line) for line in lines), batch_size=5000)
        found.row_count, found.state = len(lines), ImportState.CHECKING
    found.content = None


def _row(found: Import, line: Line) -> ImportRow:
    row = ImportRow(parent=found, number=line.number, email=line.email[:254].replace("\x00", ""))
    row.language = LANGUAGES.get(line.language.lower(), "") if line.language else found.language
    if not is_address(line.email):
        row.verdict = Verdict.ADDRESS
    elif not row.language:
        row.language, row.verdict = line.language[:20], Verdict.LANGUAGE
    row.email_key = email_key(row.email) if row.verdict != Verdict.ADDRESS else ""
    return row


def _check(found: Import) -> None:
    rows = list(found.rows.filter(verdict="").order_by("number")[:CHECKED_AT_ONCE])
    _judge(found, rows)
    # By verdict: a statement with a case for each row takes many times as long.
    judged = defaultdict(list)
    for row in rows:
        judged[row.verdict].append(row.pk)
    for verdict, keys in judged.items():
        ImportRow.objects.filter(pk__in=keys).update(verdict=verdict)
    found.done_count += len(rows)
    if len(rows) < CHECKED_AT_ONCE:
        found.state, found.done_count = ImportState.CHECKED, found.row_count


def _judge(found: Import, rows: list[ImportRow]) -> None:
    """Say what becomes of rows that are sound by themselves; earlier ones of the file are judged already."""
    keys = {row.email_key for row in rows}
    states = dict(Subscription.objects.filter(email_key__in=keys).values_list("email_key", "state"))
    hashes = {hash_of(key): key for key in keys}
    listed = Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True)
    suppressed = {hashes[one] for one in listed}
    judged = found.rows.filter(email_key__in=keys).exclude(verdict__in=["", Verdict.LANGUAGE])
    seen = set(judged.values_list("email_key", flat=True))
    for row in rows:
        row.verdict = _verdict(row.email_key, seen, suppressed, states)
        seen.add(row.email_key)


def _verdict(key: str, seen: set[str], suppressed: set[str], states: dict[str, str]) -> Verdict:
    if key in seen:
        return Verdict.DUPLICATE
    if key in suppressed:
        return Verdict.SUPPRESSED
    return _of_state(states[key]) if key in states else Verdict.NEW


def _of_state(state: str) -> Verdict:
    if state in (SubscriptionState.LEFT, SubscriptionState.ENDED, SubscriptionState.ERASED):
        return Verdict.LEFT
    return Verdict.KNOWN


def _apply(found: Import) -> None:
    rows = list(found.rows.filter(verdict=Verdict.NEW, is_done=False).order_by("number")[:APPLIED_AT_ONCE])
    lists = list(found.lists.all())
    for row in rows:
        row.verdict, row.is_done = _subscribe(found, row, lists), True
    ImportRow.objects.bulk_update(rows, ["verdict", "is_done"])
    Import.objects.filter(pk=found.pk).update(done_count=F("done_count") + len(rows))
    found.done_count += len(rows)
    if len(rows) < APPLIED_AT_ONCE:
        found.state, found.finished_at = ImportState.DONE, timezone.now()
        record("import.done", found, by=found.by, data={"rows": found.done_count})


def _subscribe(found: Import, row: ImportRow, lists: list[Any]) -> Verdict:
    """Subscribe one address; say what became of it, for it may have subscribed or left since it was checked."""
    if Suppression.objects.filter(address_hash=hash_of(row.email_key)).exists():
        return Verdict.SUPPRESSED
    wish = Wish(language=row.language, lists=lists, organisation=_members_of(lists))
    subscription, is_new = subscribing.new_or_locked(row.email, wish)
    if not is_new:
        return _of_state(subscription.state)
    facts = {
        "import": found.code,
        "stated_by": found.stated_by,
        "stated_from": found.stated_from,
        "stated_on": found.stated_on.isoformat(),
        "stated_text": found.stated_text,
        "is_confirmed": found.is_confirmed,
    }
    subscribing.take_over(subscription, wish, facts=facts, is_confirmed=found.is_confirmed, by=found.by)
    if not found.is_confirmed:
        tell_to_confirm(subscription)
    return Verdict.NEW


def _members_of(lists: list[Any]) -> Any:
    return next((one.members_of for one in lists if one.members_of_id), None)


def _move(found: Import, to: ImportState) -> Import:
    found = Import.objects.select_for_update(no_key=True).get(pk=found.pk)
    if to not in IMPORT_MOVES[ImportState(found.state)]:
        raise ImportRefused
    found.state = to
    return found
