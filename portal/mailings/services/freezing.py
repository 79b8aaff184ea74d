"""Writing a mailing, and freezing whom it goes to."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.mailings.choices import MailingState
from portal.mailings.models import Edition, Mailing
from portal.mailings.services.control import locked
from portal.messaging.emails import Rendered

# The columns that an audience gives, in this order.
AUDIENCE_COLUMNS = ("person_id", "contact_id", "member", "address", "email_key", "language")


@transaction.atomic
def prepare(
    key: str,
    *,
    purpose: str,
    title: str,
    organisation: Organisation,
    editions: Mapping[str, Rendered],
    start_at: datetime,
    not_after: datetime,
    by: Person | None = None,
) -> Mailing:
    """Write a mailing with its editions by language; the same ``key`` again changes nothing and returns the first."""
    mailing, is_new = Mailing.objects.get_or_create(
        key=key,
        defaults={
            "purpose": purpose,
            "title": title,
            "organisation": organisation,
            "start_at": start_at,
            "not_after": not_after,
        },
    )
    if is_new:
        _write(mailing, editions)
        record("mailing.prepared", mailing, by=by, data={"key": key})
    return mailing


@transaction.atomic
def rewrite(mailing: Mailing, editions: Mapping[str, Rendered], *, title: str, start_at: datetime) -> Mailing:
    """Write other editions into a mailing of which nothing is frozen."""
    mailing = locked(mailing, to=MailingState.READY)
    mailing.editions.all().delete()
    _write(mailing, editions)
    mailing.title, mailing.start_at = title, start_at
    mailing.save(update_fields=["title", "start_at"])
    return mailing


def _write(mailing: Mailing, editions: Mapping[str, Rendered]) -> None:
    Edition.objects.bulk_create(
        Edition(mailing=mailing, language=language, subject=one.subject, text=one.text, html=one.html)
        for language, one in editions.items()
    )


@transaction.atomic
def thaw(mailing: Mailing, *, by: Person | None = None) -> Mailing:
    """Take a frozen mailing back before it begins; raises ``MailingRefused("state")`` once it has begun."""
    mailing = locked(mailing, to=MailingState.PREPARED)
    mailing.deliveries.all().delete()
    mailing.state, mailing.frozen_at, mailing.frozen_count = MailingState.PREPARED, None, 0
    mailing.save(update_fields=["state", "frozen_at", "frozen_count"])
    record("mailing.thawed", mailing, by=by)
    return mailing


@transaction.atomic
def freeze(mailing: Mailing, audience: QuerySet, *, by: Person | None = None) -> int:
    """Fix whom the mailing goes to: one copy for each address; return how many will be sent.

    ``audience`` gives rows of ``AUDIENCE_COLUMNS``. Those on the suppression list, and those in whose language there
    is no edition, get a row that says why nothing is sent. Raises ``MailingRefused("state")`` when it was frozen.
    """
    mailing = locked(mailing, to=MailingState.READY)
    rows, parameters = audience.values_list(*AUDIENCE_COLUMNS).query.sql_with_params()
    languages = list(mailing.editions.values_list("language", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _FREEZE.format(audience=rows, columns=", ".join(AUDIENCE_COLUMNS)),
            [languages, languages, mailing.pk, mailing.start_at, *parameters],
        )
    mailing.frozen_count = mailing.deliveries.unsent().count()
    mailing.frozen_at = timezone.now()
    mailing.state = MailingState.READY
    mailing.save(update_fields=["frozen_count", "frozen_at", "state"])
    record("mailing.frozen", mailing, by=by, data={"recipients": mailing.frozen_count})
    return mailing.frozen_count


# In the order of random codes, so that nobody is always the last to be told.
_FREEZE = """
WITH audience ({columns}, state, reason, mailing_id, due_at) AS (
    SELECT found.*,
           CASE WHEN listed.id IS NOT NULL OR found.language <> ALL(%s) THEN 'skipped' ELSE 'queued' END,
           CASE WHEN listed.id IS NOT NULL THEN 'suppressed' WHEN found.language <> ALL(%s) THEN 'language' ELSE '' END,
           %s::bigint, %s::timestamptz
      FROM ({audience}) AS found ({columns})
      LEFT JOIN mailings_suppression AS listed
             ON listed.address_hash = encode(sha256(convert_to(found.email_key, 'UTF8')), 'hex')
)
INSERT INTO mailings_delivery
    ({columns}, state, reason, mailing_id, due_at, detail, attempts, doubts)
SELECT {columns}, state, reason, mailing_id, due_at, '', 0, 0 FROM audience
 ORDER BY member
ON CONFLICT (mailing_id, email_key) DO NOTHING
"""
