"""Writing prepared replies, counting their uses, and those that every installation starts with."""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count, F
from django.utils.translation import gettext as _

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit.services import record, stored
from portal.languages import MEANING, Revision, revise, text_columns
from portal.registry import Drift, no_progress
from portal.text import clean_line, clean_text
from tickets.models import Entry, PreparedReply, PreparedUse
from tickets.rules.prepared import may_write_prepared, prepared_problems, problem_sentences

STARTERS = Path(__file__).resolve().parent.parent / "content" / "prepared.toml"
# Prepared replies that may go into one reply; what is named beyond is not counted.
MOST_IN_ONE = 10
_COLUMNS = {"ar": "ar", "en": "en", "zh": "zh_hans"}


class PreparedRefused(Exception):
    """It cannot be stored; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)


def clean_prepared(prepared: PreparedReply) -> None:
    """Clean its texts as they are stored."""
    for field, clean in (("title", clean_line), ("text", clean_text)):
        for column in text_columns(PreparedReply)[field].values():
            setattr(prepared, column, clean(getattr(prepared, column) or ""))


@transaction.atomic
def save_prepared(prepared: PreparedReply, *, by: Any, revision: Revision = MEANING) -> PreparedReply:
    """Save a prepared reply; raises ``PreparedRefused`` for who may not, and for texts with problems.

    What belonged to another body before may be moved by those of both.
    """
    earlier = PreparedReply.objects.select_related("organisation").filter(pk=prepared.pk).first()
    if not all(may_write_prepared(by, each) for each in (prepared, earlier) if each is not None):
        raise PreparedRefused([_("You cannot change this prepared reply.")])
    return _save(prepared, by=by, revision=revision)


def _save(prepared: PreparedReply, *, by: Any, revision: Revision = MEANING) -> PreparedReply:
    clean_prepared(prepared)
    if problems := prepared_problems(prepared):
        raise PreparedRefused(problem_sentences(problems))
    is_new, before = prepared.pk is None, stored(prepared)
    revise(prepared, before, revision)
    if is_new:
        prepared.save()
    else:
        # Uses are counted meanwhile by whoever answers.
        counted = {"uses", "last_used_at", "id"}
        prepared.save(update_fields=[each.name for each in prepared._meta.concrete_fields if each.name not in counted])
    action = "prepared_reply.created" if is_new else "prepared_reply.changed"
    record(action, prepared, by=by, data=revision.facts, before=before)
    return prepared


def count_uses(entry: Entry, codes: Iterable[str]) -> None:
    """Count the prepared replies that went into a reply just written, in the caller's transaction, each once.

    Codes of others than those offered for its request count nothing.
    """
    wanted = list(dict.fromkeys(codes))[:MOST_IN_ONE]
    if not wanted:
        return
    used = PreparedReply.objects.offered_for(entry.ticket).filter(code__in=wanted).order_by("pk")
    ids = list(used.values_list("pk", flat=True))
    PreparedUse.objects.bulk_create(
        [PreparedUse(prepared_id=pk, entry=entry, used_at=entry.created_at) for pk in ids], ignore_conflicts=True
    )
    # In the order of their keys, so that two replies at once do not wait for each other.
    for pk in ids:
        PreparedReply.objects.filter(pk=pk).update(uses=F("uses") + 1, last_used_at=entry.created_at)


def load_prepared() -> None:
    """Create the prepared replies of a new portal that are missing, as the ministry's; what is there stays as it is."""
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    if ministry is None:
        return
    known = set(PreparedReply.objects.values_list("code", flat=True))
    for row in tomllib.loads(STARTERS.read_text(encoding="utf-8"))["replies"]:
        if row["code"] not in known:
            texts = {
                f"{field}_{column}": row[field][language].strip()
                for field in ("title", "text")
                for language, column in _COLUMNS.items()
            }
            values = {"code": row["code"], "kinds": row.get("kinds", []), "organisation": ministry}
            _save(PreparedReply(**values, **texts), by=None)


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the number of uses with the rows; give what differs, counted again under its lock."""
    counted = PreparedReply.objects.annotate(found=Count("used_in")).exclude(uses=F("found")).order_by("pk")
    for pk in counted.values_list("pk", flat=True):
        yield from _settle(pk, repair)
    total = PreparedReply.objects.count()
    progress(total, total)


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    prepared = PreparedReply.objects.select_for_update(no_key=True).get(pk=pk)
    before, found = prepared.uses, prepared.used_in.count()
    if before == found:
        return []
    if repair:
        PreparedReply.objects.filter(pk=pk).update(uses=found)
        record("counter.mended", prepared, by=None, data={"uses": [before, found]})
    return [Drift(f"{prepared._meta.label} {pk}", "uses", before, found)]
