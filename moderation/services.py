"""Reporting, claiming and deciding: every write of moderation."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from moderation import rules
from moderation.choices import CaseState, Outcome
from moderation.emails import tell_author, tell_reporters
from moderation.models import Case, Decision, Ground, Report, Statement
from moderation.registry import Target, find_target, intake
from portal.accounts.models import Person
from portal.audit.services import record, stored
from portal.calendars.choices import Level
from portal.calendars.services import meet, promise
from portal.languages import MEANING, Revision, revise
from portal.notifications.services import tell
from portal.registry import Drift, Passed, no_progress
from portal.text import clean_text

# How long a moderator holds a case; taking it again begins anew.
LEASE = timedelta(minutes=30)
NOTE_MAX_LENGTH = 1000
GROUNDS_FILE = Path(__file__).parent / "content" / "grounds.toml"
# Cases compared at once by the recount.
RECOUNT_STRIDE = 5_000
_ATTEMPTS = 3


class ModerationRefused(Exception):
    """The act cannot be done.

    ``reason`` is one of ``not_found``, ``own``, ``forbidden``, ``ground``, ``passage``, ``note``, ``gone``,
    ``not_hidden``, ``choice``, ``taken`` and ``decided``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CaseTaken(ModerationRefused):
    """Another moderator (``by``) holds the case until ``until``."""

    def __init__(self, case: Case) -> None:
        super().__init__("taken")
        self.by, self.until = case.claimed_by, case.claimed_until


class DecisionTaken(ModerationRefused):
    """The case has a decision already: ``decision`` says whose and when."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("decided")
        self.decision = decision


@dataclass(frozen=True)
class Receipt:
    """What the reporter is told: the case with its deadline, and whether this report is a first one."""

    case: Case
    report: Report
    is_new: bool


@transaction.atomic
def report(kind: str, key: str, *, ground: Ground, note: str = "", reporter: Person | None) -> Receipt:
    """Take a report; the first one opens a case, whose decision is promised from that moment.

    A person's second report of an open case changes nothing and gives the receipt of the first; guests (None) are
    not told apart, so each of their reports counts. Raises ``ModerationRefused`` with ``not_found`` for what the
    reporter does not see, and with ``own`` for their own words.
    """
    case = _open_case(_reportable(kind, key, reporter))
    # Seen again under the lock: a decision may have hidden it while this report waited for the row.
    _reportable(kind, key, reporter)
    earlier = case.reports.filter(reporter=reporter).first() if reporter else None
    if earlier is not None:
        return Receipt(case, earlier, is_new=False)
    received = case.reports.create(ground=ground, note=clean_text(note)[:NOTE_MAX_LENGTH], reporter=reporter)
    case.report_count += 1
    case.save(update_fields=["report_count"])
    record("report.received", case, by=reporter, data={"ground": ground.number, "kind": kind, "key": key})
    return Receipt(case, received, is_new=True)


@transaction.atomic
def claim(case: Case, *, by: Person) -> Case:
    """Take a waiting case for half an hour, or hold one's own for another; raises ``CaseTaken`` and its kin."""
    case = _locked_open(case, by=by)
    changes_hands = case.claimed_by_id != by.pk
    case.claimed_by, case.claimed_until = by, timezone.now() + LEASE
    case.save(update_fields=["claimed_by", "claimed_until"])
    if changes_hands:
        record("case.claimed", case, by=by)
    return case


@transaction.atomic
def release(case: Case, *, by: Person) -> Case:
    """Give one's own case back to the queue; nothing happens to a case one does not hold."""
    case = _locked(case)
    if case.claimed_by_id == by.pk:
        _drop_claim(case)
        case.save(update_fields=["claimed_by", "claimed_until"])
        record("case.released", case, by=by)
    return case


def release_expired() -> int:
    """Clear the claims whose time is over; return how many."""
    return Case.objects.filter(claimed_until__lte=timezone.now()).update(claimed_by=None, claimed_until=None)


@transaction.atomic
def decide(
    case: Case, *, outcome: Outcome, ground: Ground | None = None, passage: str = "", note: str = "", by: Person
) -> Decision:
    """Decide a waiting case: hide the thing on a ground, or keep it.

    Raises ``DecisionTaken`` when another was quicker, ``CaseTaken`` while another holds the case, and
    ``ModerationRefused``: ``forbidden`` for who does not moderate for the body, ``own`` for the author, ``ground``
    when hiding without one, ``passage`` when it does not stand in the reported text, ``note`` when the ground needs
    one, ``gone`` when nothing is left to hide. A ground and a passage belong to hiding alone: keeping stores neither.
    """
    outcome = Outcome(outcome)
    if outcome == Outcome.RESTORE:
        raise ValueError("restore() shows a thing again")
    case = _locked_open(case, by=by)
    now = timezone.now()
    hides = outcome == Outcome.HIDE
    target = find_target(case.kind, case.key)
    if hides:
        _check_hiding(case, target, ground=ground, passage=clean_text(passage), note=_note(note))
    decision = _decide(case, outcome, by=by, at=now, ground=ground if hides else None, number=1)
    Statement.objects.create(decision=decision, passage=clean_text(passage) if hides else "", note=_note(note))
    case.state, case.decided_at = CaseState.DECIDED, now
    _drop_claim(case)
    case.save(update_fields=["state", "decided_at", "claimed_by", "claimed_until"])
    meet(case.deadline, at=now)
    if hides:
        target.entry.hide(target.obj, ground=ground, by=by)
        _tell_author(decision, target)
    tell_reporters(decision, target)
    return decision


@transaction.atomic
def restore(case: Case, *, note: str = "", by: Person) -> Decision:
    """Show again what this case hid, by a further decision; the first one stays as it was.

    Raises ``ModerationRefused``: ``not_hidden`` when the last decision hides nothing, ``gone`` when nothing is left
    to show, and what ``decide`` raises for who may not.
    """
    case = _locked(case)
    _check_moderator(case, by)
    last = case.decisions.first()
    if last is None or last.outcome != Outcome.HIDE:
        raise ModerationRefused("not_hidden")
    target = _still_there(case, find_target(case.kind, case.key))
    decision = _decide(case, Outcome.RESTORE, by=by, at=timezone.now(), ground=None, number=last.number + 1)
    Statement.objects.create(decision=decision, note=_note(note))
    target.entry.restore(target.obj, by=by)
    _tell_author(decision, target)
    return decision


@transaction.atomic
def pass_on(case: Case, *, choice: str, by: Person) -> Passed:
    """Open a request from the text of a case, in its author's name, who is told; the case is decided for itself.

    Once for each thing: whoever is later gets the first. Raises ``ModerationRefused``: ``gone`` where nothing is left
    to pass on or nobody to answer, ``choice`` for what cannot be opened, and what ``decide`` raises for who may not.
    """
    case = _locked(case)
    _check_moderator(case, by)
    target = _still_there(case, find_target(case.kind, case.key))
    entry = intake()
    if case.author is None or entry is None or not target.text:
        raise ModerationRefused("gone")
    if choice not in dict(entry.choices()):
        raise ModerationRefused("choice")
    passed = entry.open(
        choice=choice,
        text=target.text,
        language=target.language,
        author=case.author,
        organisation=case.organisation,
        source=(case.kind, case.key),
        by=by,
    )
    if passed.is_new:
        record("case.passed_on", case, by=by, data={"choice": choice, "reference": passed.reference})
    return passed


@transaction.atomic
def erase_words_of(person: Person) -> None:
    """Empty what a person wrote in reports, and what cases and statements quote of them.

    Grounds, outcomes and times stay: the figures and the ledger do not change.
    """
    person.reports_made.exclude(note="").update(note="")
    person.cases_about.exclude(text="").update(text="")
    Statement.objects.filter(decision__case__author=person).update(passage="", note="")


def load_grounds() -> None:
    """Create the grounds of the policy that are missing; what is there stays as it is."""
    grounds = tomllib.loads(GROUNDS_FILE.read_text(encoding="utf-8"))["grounds"]
    known = set(Ground.objects.values_list("number", flat=True))
    taken = set(Ground.objects.values_list("code", flat=True))
    for ground in grounds:
        if ground["number"] not in known and ground["code"] not in taken:
            Ground.objects.create(
                number=ground["number"],
                code=ground["code"],
                needs_note=ground.get("needs_note", False),
                **_translated("title", ground["title"]),
                **_translated("description", ground["description"]),
            )


@transaction.atomic
def save_ground(ground: Ground, *, by: Person, revision: Revision = MEANING) -> None:
    """Store the wording of a ground; decisions taken before keep their date, so the trail says which wording held."""
    is_new, before = ground.pk is None, stored(ground)
    revise(ground, before, revision)
    ground.save()
    facts = {"number": ground.number, **revision.facts}
    record("ground.added" if is_new else "ground.changed", ground, by=by, data=facts, before=before)


def _translated(field: str, texts: dict[str, str]) -> dict[str, str]:
    columns = {"ar": "ar", "en": "en", "zh": "zh_hans"}
    return {f"{field}_{columns[language]}": text for language, text in texts.items()}


def _reportable(kind: str, key: str, reporter: Person | None) -> Target:
    target = find_target(kind, key)
    if target is None:
        raise ModerationRefused("not_found")
    if reporter is not None and target.is_by(reporter):
        raise ModerationRefused("own")
    if not target.is_reportable_by(reporter or AnonymousUser()):
        raise ModerationRefused("not_found")
    return target


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare each case's number of reports with its reports; give what differs, counted again under its lock."""
    last = Case.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(0, last + 1, RECOUNT_STRIDE):
        cases = Case.objects.filter(pk__gte=first, pk__lt=first + RECOUNT_STRIDE).annotate(received=Count("reports"))
        for pk in cases.exclude(report_count=F("received")).order_by("pk").values_list("pk", flat=True):
            yield from _settle(pk, repair)
        progress(min(first + RECOUNT_STRIDE, last), last)


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    case = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    stored, found = case.report_count, case.reports.count()
    if stored == found:
        return []
    if repair:
        Case.objects.filter(pk=pk).update(report_count=found)
        record("counter.mended", case, by=None, data={"report_count": [stored, found]})
    return [Drift(f"{case._meta.label} {pk}", "report_count", stored, found)]


def _open_case(target: Target) -> Case:
    """Return the open case of this thing, locked; a new one where none waits."""
    reference = {"kind": target.entry.name, "key": target.entry.key(target.obj)}
    for attempt in range(1, _ATTEMPTS + 1):
        found = Case.objects.open().about(**reference).select_for_update(no_key=True, of=("self",))
        case = found.select_related("deadline").first()
        if case is not None:
            return case
        try:
            # A savepoint: when somebody else opens the case at this moment, only this step is taken back.
            with transaction.atomic():
                return _create_case(target, reference)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _create_case(target: Target, reference: dict[str, str]) -> Case:
    entry, obj = target.entry, target.obj
    now, organisation = timezone.now(), entry.organisation(obj)
    return Case.objects.create(
        **reference,
        organisation=organisation,
        author=entry.author(obj),
        text=entry.text(obj),
        language=entry.language(obj),
        context=entry.context(obj),
        opened_at=now,
        deadline=promise(Level.REPORT_OF_CONTENT, body=organisation, start=now),
    )


def _locked(case: Case) -> Case:
    cases = Case.objects.select_for_update(no_key=True, of=("self",))
    return cases.select_related("deadline", "author", "organisation", "claimed_by").get(pk=case.pk)


def _locked_open(case: Case, *, by: Person) -> Case:
    """Lock a case that this person may decide now; whoever waited for the row sees what the quicker one did."""
    case = _locked(case)
    _check_moderator(case, by)
    if case.state == CaseState.DECIDED:
        raise DecisionTaken(case.decisions.select_related("decided_by").last())
    if rules.is_held_by_another(by, case, at=timezone.now()):
        raise CaseTaken(case)
    return case


def _check_moderator(case: Case, by: Person) -> None:
    if not rules.may_moderate(by, case):
        raise ModerationRefused("forbidden")
    if rules.is_author(by, case):
        raise ModerationRefused("own")


def _check_hiding(case: Case, target: Target | None, *, ground: Ground | None, passage: str, note: str) -> None:
    if ground is None:
        raise ModerationRefused("ground")
    _still_there(case, target)
    if not rules.quotes(case.text, passage):
        raise ModerationRefused("passage")
    if rules.lacks_note(ground, note):
        raise ModerationRefused("note")


def _still_there(case: Case, target: Target | None) -> Target:
    if target is None or (case.author is not None and case.author.erased_at is not None):
        raise ModerationRefused("gone")
    return target


def _decide(case: Case, outcome: Outcome, *, by: Person, at: datetime, ground: Ground | None, number: int) -> Decision:
    decision = case.decisions.create(number=number, outcome=outcome, ground=ground, decided_by=by, decided_at=at)
    data: dict[str, Any] = {"outcome": str(outcome), "number": number, "ground": ground.number if ground else None}
    record("case.restored" if outcome == Outcome.RESTORE else "case.decided", case, by=by, data=data)
    return decision


def _tell_author(decision: Decision, target: Target) -> None:
    """Send the statement of reasons, and put among the author's notices that it was sent."""
    tell_author(decision, target)
    author, key = decision.case.author, f"{decision.case.code}-{decision.number}"
    if author is not None:
        tell(author, "decision", kind="decision", key=key, once=f"decision-{decision.pk}", is_told=True)


def _drop_claim(case: Case) -> None:
    case.claimed_by = case.claimed_until = None


def _note(note: str) -> str:
    return clean_text(note)[:NOTE_MAX_LENGTH]
