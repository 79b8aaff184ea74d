"""What readers think of a page or a service, taken from people of whom nothing is kept.

One answer counts for each source, thing and day. A source is told from others by a digest with a salt that changes
daily and stands in the cache alone; the mark with the digest is deleted on the next day. Another answer on the same
day takes the place of the first.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit.services import record
from portal.pages.choices import RemarkState, Scale
from portal.pages.models import Judgement, Mark, Remark, Subject, Tally
from portal.pages.selectors.judging import page_of, week_of
from portal.registry import Drift, no_progress

# A salt outlives its day by an hour at most, and is read on its day alone.
_SALT_SECONDS = 25 * 3600
_CELL = ("scale", "language", "week", "value")


class NothingToJudge(LookupError):
    """There is no such page, or nobody is asked about it here."""


class SaidAlready(ValueError):
    """This source has said why today."""


@transaction.atomic
def judge(kind: str, key: str, *, scale: Scale, value: int, language: str, source: str) -> Mark:
    """Count an answer of this source, or put it in the place of the one it gave today.

    ``source`` is what tells this visitor from others (a network address and a browser, or an account): it is not kept.
    Raises ``NothingToJudge``.
    """
    subject = _claimed(kind, key)
    today = timezone.localdate()
    digest = _digest(today, subject, scale, source)
    mark = Mark.objects.select_related("judgement").filter(digest=digest).first()
    if mark is None:
        given = Judgement.objects.create(
            subject=subject, scale=scale, language=language, week=week_of(today), value=value
        )
        _count(given, 1)
        return Mark.objects.create(digest=digest, judgement=given, day=today)
    if mark.judgement.value != value:
        _count(mark.judgement, -1)
        mark.judgement.value = value
        mark.judgement.save(update_fields=["value"])
        _count(mark.judgement, 1)
    return mark


@transaction.atomic
def remark(
    kind: str, key: str, *, scale: Scale, value: int, language: str, source: str, reason: str, text: str
) -> Remark:
    """Count the answer as ``judge`` does, and keep why it was given, for the editors.

    Raises ``NothingToJudge``, and ``SaidAlready`` when this source has said why today.
    """
    mark = judge(kind, key, scale=scale, value=value, language=language, source=source)
    # Under the subject's lock, which is still held: of two tabs one comes second.
    if mark.has_remark:
        raise SaidAlready
    Mark.objects.filter(pk=mark.pk).update(has_remark=True)
    return Remark.objects.create(
        subject_id=mark.judgement.subject_id,
        scale=scale,
        value=value,
        language=language,
        reason=reason,
        text=text,
        day=mark.day,
    )


def mark_of(kind: str, key: str, *, scale: Scale, source: str) -> Mark | None:
    """Return what this source has answered today, or None."""
    subject = Subject.objects.filter(kind=kind, key=key).first()
    if subject is None:
        return None
    digest = _digest(timezone.localdate(), subject, scale, source)
    return Mark.objects.select_related("judgement").filter(digest=digest).first()


def _claimed(kind: str, key: str) -> Subject:
    """Return the subject, locked, so that answers sent twice at once count once, and its body as it is now."""
    page = page_of(kind, key)
    if page is None:
        raise NothingToJudge(kind, key)
    body = (
        page.organisation
        or Organisation.objects.filter(kind=OrganisationKind.MINISTRY).values_list("pk", flat=True).first()
    )
    Subject.objects.get_or_create(kind=kind, key=key, defaults={"organisation_id": body})
    subject = Subject.objects.select_for_update(no_key=True).get(kind=kind, key=key)
    if subject.organisation_id != body:
        Subject.objects.filter(pk=subject.pk).update(organisation=body)
    return subject


def _digest(day: date, subject: Subject, scale: str, source: str) -> str:
    words = f"{subject.pk} {scale} {source}"
    return hmac.new(_salt(day).encode(), words.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def _salt(day: date) -> str:
    """Return the salt of a day. While the cache is away it is another each time: nothing is held against anybody."""
    name = f"pages.salt.{day:%Y-%m-%d}"
    salt = cache.get(name)
    if salt is None:
        cache.add(name, secrets.token_hex(32), _SALT_SECONDS)
        salt = cache.get(name)
    return salt or secrets.token_hex(32)


def _count(given: Judgement, by: int) -> None:
    cell = {name: getattr(given, name) for name in _CELL}
    moved = Tally.objects.filter(subject_id=given.subject_id, **cell).update(count=F("count") + by)
    if not moved:
        Tally.objects.create(subject_id=given.subject_id, count=by, **cell)


# By editors, and by the clock


@transaction.atomic
def set_remark_state(found: Remark, state: RemarkState, *, by: Any) -> Remark:
    """Say what was done with a remark; the trail tells who did, and never what was written."""
    found = Remark.objects.select_for_update(no_key=True, of=("self",)).select_related("subject").get(pk=found.pk)
    before, found.state = found.state, state
    if before != state:
        found.save(update_fields=["state"])
        record("remark.moved", found, by=by, data={"from": before, "to": str(state)})
    return found


def sweep() -> tuple[int, int]:
    """Delete the marks of former days, and remarks older than is promised; return how many of each."""
    today = timezone.localdate()
    marks, _by_model = Mark.objects.filter(day__lt=today).delete()
    if settings.REMARK_MONTHS <= 0:
        return marks, 0
    # Months of 31 days: rather a little later than promised in February than earlier than said.
    remarks, _by_model = Remark.objects.filter(day__lt=today - timedelta(days=31 * settings.REMARK_MONTHS)).delete()
    return marks, remarks


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the counts of each judged page with its judgements, and give what differs; mended, it leaves a trace."""
    subjects = list(Subject.objects.order_by("pk").values_list("pk", flat=True))
    for done, pk in enumerate(subjects, start=1):
        yield from _settle(pk, repair)
        progress(done, len(subjects))


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    subject = Subject.objects.select_for_update(no_key=True).get(pk=pk)
    stored = {tuple(cell): count for *cell, count in subject.tallies.values_list(*_CELL, "count")}
    grouped = subject.judgements.order_by().values_list(*_CELL).annotate(count=Count("pk"))
    found = {tuple(cell): count for *cell, count in grouped}
    wrong = {
        cell: (stored.get(cell, 0), found.get(cell, 0))
        for cell in {**stored, **found}
        if stored.get(cell, 0) != found.get(cell, 0)
    }
    if wrong and repair:
        for cell, (_stored, count) in wrong.items():
            subject.tallies.update_or_create(**dict(zip(_CELL, cell, strict=True)), defaults={"count": count})
        record("counter.mended", subject, by=None, data={_name(cell): list(counts) for cell, counts in wrong.items()})
    return [Drift(f"{subject._meta.label} {subject.code}", _name(cell), *counts) for cell, counts in wrong.items()]


def _name(cell: tuple[Any, ...]) -> str:
    return " ".join(str(part) for part in cell)
