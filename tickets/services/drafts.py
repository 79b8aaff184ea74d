"""What was written and not sent yet: kept, sent, and forgotten after three days."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils import timezone

from portal.accounts.choices import PUBLIC_BODIES, OrganisationKind, Role
from portal.accounts.models import Organisation, Person
from portal.files.services import Accepted, forget, keep_all
from portal.pages.models import Service
from tickets.choices import Channel, TicketKind
from tickets.emails import ask_to_confirm
from tickets.models import Draft, Ticket
from tickets.services.asking import MAX_FILES, Asked, Receipt, Sender, open_ticket
from tickets.services.moves import TicketRefused

KEPT_FOR = timedelta(days=3)
# What somebody chooses who does not know which body is the right one: the ministry finds it.
UNSURE = "unsure"
_BATCH = 200
_signer = TimestampSigner(salt="tickets.confirm")


@transaction.atomic
def keep_draft(
    draft: Draft | None, *, data: dict[str, Any], files: Sequence[Accepted] = (), without: Collection[str] = ()
) -> Draft:
    """Keep what was typed and the files that were taken, in this draft or a new one.

    ``without`` holds the codes of files that its writer takes out. Raises ``TicketRefused("files")`` when more than
    five would be kept, and ``FileRefused`` when one cannot be stored: then nothing is kept.
    """
    draft = draft or Draft.objects.create()
    draft.data, draft.updated_at = data, timezone.now()
    draft.save(update_fields=["data", "updated_at"])
    dropped = [stored for stored in draft.files.all() if stored.code in without]
    draft.files.remove(*dropped)
    for stored in dropped:
        forget(stored)
    if draft.files.count() + len(files) > MAX_FILES:
        raise TicketRefused("files")
    draft.files.add(*keep_all(files))
    return draft


@transaction.atomic
def send_draft(code: str, *, person: Person | None) -> Receipt:
    """Make a request of a draft; a second sending gives the receipt of the first.

    Raises ``TicketRefused`` with ``gone``, ``about``, or what ``open_ticket`` refuses.
    """
    draft = Draft.objects.select_for_update(no_key=True).filter(code=code).first()
    if draft is None:
        # Sent by another press of the same button: the lock was waited for, so the request is there to be seen.
        earlier = Ticket.objects.with_people().filter(once=code).first()
        if earlier is None:
            raise TicketRefused("gone")
        return Receipt(earlier, "", is_new=False)
    receipt = open_ticket(_asked(draft), _sender(draft.data, person))
    draft.files.clear()
    draft.delete()
    return receipt


def mail_confirmation(draft: Draft) -> None:
    """Ask a guest to confirm by e-mail that they want to send this; the link holds as long as the draft."""
    ask_to_confirm(
        draft.data["email"],
        language=draft.data["language"],
        signed=_signer.sign(draft.code),
        # Changing the draft, perhaps a mistyped address, lets it be sent again.
        key=f"ticket-confirm-{draft.code}-{draft.updated_at.timestamp():.0f}",
    )


def confirmed_code(signed: str) -> str | None:
    """Return the draft's code that such a link carries, or None when it is not ours or too old."""
    try:
        return _signer.unsign(signed, max_age=KEPT_FOR)
    except BadSignature:
        return None


def purge_drafts() -> int:
    """Delete drafts that nobody sent for three days, with their files; return how many."""
    old = Draft.objects.filter(updated_at__lt=timezone.now() - KEPT_FOR).order_by("pk")
    count = 0
    while batch := list(old.prefetch_related("files")[:_BATCH]):
        for draft in batch:
            _forget(draft)
        count += len(batch)
    return count


def about(value: str) -> tuple[Organisation, Service | None] | None:
    """Return the body and the service that a value of the form names; None when there is no such thing (any more)."""
    kind, _, code = value.partition(":")
    if kind == "service":
        service = Service.objects.select_related("organisation").filter(code=code).first()
        return (service.organisation, service) if service else None
    bodies = Organisation.objects.filter(kind__in=PUBLIC_BODIES)
    body = bodies.filter(code=code).first() if kind == "body" else None
    if value == UNSURE:
        body = bodies.filter(kind=OrganisationKind.MINISTRY).first()
    return (body, None) if body else None


def spoken_for(person: Person) -> list[Organisation]:
    """Return the organisations that a person may speak for."""
    mine = person.memberships.filter(role=Role.CONTACT).values("organisation")
    return list(Organisation.objects.filter(pk__in=mine))


def _asked(draft: Draft) -> Asked:
    data = draft.data
    found = about(data.get("about", ""))
    if found is None:
        raise TicketRefused("about")
    organisation, service = found
    return Asked(
        kind=TicketKind(data["kind"]),
        subject=data["subject"],
        text=data["text"],
        language=data["language"],
        organisation=organisation,
        service=service,
        reply_by=Channel(data["reply_by"]),
        files=list(draft.files.all()),
        once=draft.code,
    )


def _sender(data: dict[str, Any], person: Person | None) -> Sender:
    phone = data.get("phone", "")
    if person is None:
        return Sender(email=data.get("email", ""), name=data.get("name", ""), phone=phone)
    wanted = data.get("speaks_for", "")
    organisation = next((each for each in spoken_for(person) if each.code == wanted), None)
    return Sender(person=person, phone=phone, speaks_for=organisation)


@transaction.atomic
def _forget(draft: Draft) -> None:
    files = list(draft.files.all())
    draft.files.clear()
    draft.delete()
    for stored in files:
        forget(stored)
