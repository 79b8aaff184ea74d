"""Inviting people: drawn up with a frozen count, confirmed by a person, sent as a mailing, and reminded of.

Whoever draws up or confirms does so alone, under one lock for all surveys: two sendings at once never give somebody
two invitations.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.accounts.querysets import email_key
from portal.audit.services import record
from portal.celery import enqueue
from portal.mailings.services import freezing
from portal.mailings.services.suppression import hash_of, withdraw
from portal.registry.audiences import audiences
from surveys.choices import SendingKind, SendingState, State
from surveys.emails import editions_of
from surveys.models import AddressList, Invitee, Inviting, ListedAddress, NoInvitations, Sending, Survey
from surveys.rules.access import may_invite
from surveys.rules.inviting import hash_of_token, new_nonce, token_of
from surveys.selectors.inviting import PURPOSE, reasons_against
from surveys.services.refusals import SurveyRefused

# The advisory lock of all that is drawn up and confirmed.
LOCK = 760_025
AT_ONCE = 1000
# A mailing that could not begin so long after its time waits for a person.
LATE = timedelta(days=2)
# Addresses on a list that staff bring.
MOST_LISTED = 20_000
OPEN_STATES = (State.SCHEDULED, State.OPEN)


@transaction.atomic
def begin_sending(
    survey: Survey,
    *,
    by: Person | None,
    audience: str = "",
    parameters: dict[str, Any] | None = None,
    kind: SendingKind = SendingKind.FIRST,
    is_automatic: bool = False,
) -> Sending:
    """Have invitations, or reminders to those invited before, drawn up in the background. Nobody is written to yet.

    ``is_automatic`` lets them go out at once then. Raises ``SurveyRefused``.
    """
    if by is not None and not may_invite(by, survey):
        raise SurveyRefused([_("You cannot invite to this survey.")])
    _refuse_closed(survey)
    if kind == SendingKind.FIRST and audience not in audiences:
        raise SurveyRefused([_("Choose whom to invite.")])
    sending = Sending.objects.create(
        survey=survey, kind=kind, audience=audience, parameters=parameters or {}, by=by, is_automatic=is_automatic
    )
    record("sending.made", sending, by=by, data={"survey": survey.code, "kind": str(kind), "audience": audience})
    enqueue("surveys.draw", sending.pk)
    return sending


def _refuse_closed(survey: Survey) -> None:
    if survey.is_template or survey.state not in OPEN_STATES:
        raise SurveyRefused([_("People can be invited while the survey is open, or before it opens.")])


@transaction.atomic
def draw(pk: int) -> None:
    """Fix who is in a sending and who is left out; done already, or given up meanwhile, it does nothing."""
    _alone()
    sending = Sending.objects.select_related("survey__version").filter(pk=pk, state=SendingState.DRAWING).first()
    if sending is None:
        return
    for rows in _portions(_audience_of(sending)):
        _put_in(sending, rows)
    ListedAddress.objects.filter(parent__code=sending.parameters.get("list", "")).delete()
    _judge(sending)
    sending.frozen_count = sending.invitings.chosen().count()
    sending.state = SendingState.DRAWN
    sending.save(update_fields=["frozen_count", "state"])
    record("sending.frozen", sending, by=None, data={"recipients": sending.frozen_count})
    if sending.is_automatic and sending.frozen_count and sending.survey.state in OPEN_STATES:
        _send(sending, by=None)


def draw_waiting() -> None:
    """See to it that nothing waits that only the portal can do."""
    for pk in Sending.objects.filter(state=SendingState.DRAWING).values_list("pk", flat=True):
        enqueue("surveys.draw", pk)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _audience_of(sending: Sending) -> Iterable[tuple]:
    if sending.kind == SendingKind.REMINDER:
        written = Inviting.objects.written().filter(sending__survey=sending.survey)
        found = Invitee.objects.filter(pk__in=written.values("invitee")).annotate(member=F("code"))
    else:
        found = audiences[sending.audience].rows(sending.parameters)
    return found.values_list(*freezing.AUDIENCE_COLUMNS).iterator(chunk_size=AT_ONCE)


def _portions(rows: Iterable[tuple]) -> Iterator[list[tuple]]:
    left = iter(rows)
    while portion := list(islice(left, AT_ONCE)):
        yield portion


def _put_in(sending: Sending, rows: Sequence[tuple]) -> None:
    """Make invitees of addresses that are none of this survey yet, and put all of them into the sending."""
    by_key: dict[str, tuple] = {}
    for person, contact, _member, address, key, language in rows:
        if key and address:
            by_key.setdefault(key, (person, contact, address, language))
    own = Invitee.objects.filter(survey=sending.survey, occasion="", email_key__in=by_key)
    known = set(own.values_list("email_key", flat=True))
    people = {one.email_key: one for one in Person.objects.filter(email_key__in=by_key)}
    new = [
        _invitee(sending.survey, key, row, people.get(key)) for key, row in sorted(by_key.items()) if key not in known
    ]
    Invitee.objects.bulk_create(new)
    found = own.all().values_list("pk", flat=True)
    Inviting.objects.bulk_create([Inviting(sending=sending, invitee_id=pk) for pk in found], ignore_conflicts=True)


def _invitee(survey: Survey, key: str, row: Sequence[Any], person: Person | None) -> Invitee:
    """Return a new invitee; whoever has an account under the address is that person, and reads their own language."""
    person_id, contact_id, address, language = row
    nonce = new_nonce()
    return Invitee(
        survey=survey,
        person_id=person.pk if person else person_id,
        contact_id=None if person or person_id else contact_id,
        address=address,
        email_key=key,
        address_hash=hash_of(key),
        language=person.language if person else language,
        nonce=nonce,
        token_hash=hash_of_token(token_of(nonce)),
    )


def _judge(sending: Sending) -> None:
    moment = timezone.now()
    for reason, holds in reasons_against(sending, moment):
        sending.invitings.chosen().filter(holds).update(left_out=reason)


@transaction.atomic
def confirm(sending: Sending, *, by: Person) -> Sending:
    """Let invitations go out to those who were drawn up and may be written to at this moment still.

    Raises ``SurveyRefused``; ``frozen_count`` is how many it goes to, which may be fewer than were shown.
    """
    _alone()
    sending = _locked(sending, by=by)
    _judge(sending)
    return _send(sending, by=by)


def _locked(sending: Sending, *, by: Person) -> Sending:
    rows = Sending.objects.select_for_update(no_key=True, of=("self",))
    sending = rows.select_related("survey__version", "survey__organisation").get(pk=sending.pk)
    if not may_invite(by, sending.survey):
        raise SurveyRefused([_("You cannot invite to this survey.")])
    if sending.state != SendingState.DRAWN:
        raise SurveyRefused([_("Not done: it stands otherwise by now. Look at it again.")])
    return sending


def _send(sending: Sending, *, by: Person | None) -> Sending:
    survey, now = sending.survey, timezone.now()
    _refuse_closed(survey)
    chosen = sending.invitings.chosen()
    if not chosen.exists():
        raise SurveyRefused([_("Nobody is left whom this could be sent to.")])
    start_at = max(now, survey.opens_at)
    sending.mailing = freezing.prepare(
        f"surveys/{sending.code}",
        purpose=PURPOSE,
        title=str(survey)[:150],
        organisation=survey.organisation,
        editions=editions_of(sending),
        start_at=start_at,
        not_after=start_at + LATE,
        by=by,
    )
    recipients = Invitee.objects.filter(pk__in=chosen.values("invitee")).annotate(member=F("code"))
    sending.frozen_count = freezing.freeze(sending.mailing, recipients, by=by)
    chosen.update(at=now)
    sending.state, sending.confirmed_at = SendingState.SENT, now
    sending.save(update_fields=["state", "confirmed_at", "mailing", "frozen_count"])
    record("sending.confirmed", sending, by=by, data={"recipients": sending.frozen_count})
    enqueue("mailings.tick")
    return sending


@transaction.atomic
def discard(sending: Sending, *, by: Person) -> Sending:
    """Give up a sending that nobody confirmed; whoever was invited by no other one is forgotten."""
    sending = _locked(sending, by=by)
    sending.state = SendingState.DISCARDED
    sending.save(update_fields=["state"])
    own = list(sending.invitings.values_list("invitee_id", flat=True))
    sending.invitings.all().delete()
    Invitee.objects.filter(pk__in=own, invitings=None).delete()
    record("sending.discarded", sending, by=by)
    return sending


@transaction.atomic
def keep_list(
    survey: Survey, lines: Sequence[tuple[str, str]], *, stated: dict[str, Any], refused: int = 0, by: Person
) -> AddressList:
    """Keep addresses with their languages until they are drawn up, and for good who states their consent."""
    rows: dict[str, tuple[str, str]] = {}
    for address, language in lines:
        rows.setdefault(email_key(address), (address, language))
    left = refused + len(lines) - len(rows)
    kept = AddressList.objects.create(
        organisation=survey.organisation, row_count=len(rows), refused_count=left, by=by, **stated
    )
    ListedAddress.objects.bulk_create(
        ListedAddress(parent=kept, email=address, email_key=key, language=language)
        for key, (address, language) in rows.items()
    )
    return kept


@transaction.atomic
def stop(invitee: Invitee) -> None:
    """Invite the owner of this address to nothing any more, not even by what is being sent now."""
    NoInvitations.objects.get_or_create(address_hash=invitee.address_hash)
    same = Invitee.objects.filter(address_hash=invitee.address_hash)
    withdraw(PURPOSE, list(same.values_list("code", flat=True)))


def invite_again(invitee: Invitee) -> None:
    """Take back that somebody wants no invitations."""
    NoInvitations.objects.filter(address_hash=invitee.address_hash).delete()


def ended(member: str, reason: str) -> None:
    """Nothing more is kept: the suppression list holds who must not be written to any more."""
