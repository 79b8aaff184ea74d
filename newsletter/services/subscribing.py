"""Who is written to: asking, confirming, choosing, leaving. Each act stands in the record of consent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from newsletter.choices import SUBSCRIPTION_MOVES, ConsentAct, Frequency, Source, SubscriptionState
from newsletter.emails import tell_already, tell_to_confirm, tell_welcome
from newsletter.models import Consent, ImportRow, MailingList, Subscription
from newsletter.rules import code_in, is_token_of
from portal.accounts.models import Contact, Organisation, Person
from portal.accounts.querysets import email_key
from portal.audit.services import record
from portal.mailings.choices import Reason
from portal.mailings.services.erasure import forget
from portal.mailings.services.suppression import hash_of, is_suppressed, lift, suppress, withdraw
from portal.text import new_code

PURPOSE = "newsletter"
# The version of the words beside the button; it changes with them.
CONSENT_VERSION = "2026-11"


class SubscriptionRefused(Exception):
    """``reason``: ``state`` when the table of moves has no such move."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be sent."""

    language: str
    lists: Sequence[MailingList] = field(default_factory=list)
    frequency: Frequency = Frequency.WEEKLY
    organisation: Organisation | None = None


@transaction.atomic
def ask(email: str, wish: Wish, *, source: Source = Source.FORM, by: Person | None = None) -> Subscription:
    """Ask to be written to. Nothing is sent before the owner of the mailbox confirms.

    Whoever asks for an address that is active already changes nothing: its owner gets the link to their choices. So
    the answer on the page never says whether an address is known.
    """
    subscription = _locked_or_new(email, wish)
    if subscription.state in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        tell_already(subscription)
        return subscription
    # Links of an earlier time are dead: what is confirmed is this asking.
    subscription.salt = new_code()
    subscription.ended_at = None
    _choose(subscription, wish)
    _move(subscription, SubscriptionState.PENDING)
    _record(subscription, ConsentAct.ASKED, source=source, by=by)
    tell_to_confirm(subscription)
    return subscription


@transaction.atomic
def subscribe_person(person: Person, wish: Wish) -> Subscription:
    """Subscribe somebody who is signed in: their address is confirmed already."""
    subscription = _locked_or_new(person.email, wish)
    subscription.person, subscription.contact = person, None
    _choose(subscription, wish)
    if subscription.state != SubscriptionState.ACTIVE:
        if subscription.state not in (SubscriptionState.PENDING, SubscriptionState.PAUSED):
            _move(subscription, SubscriptionState.PENDING)
        _activate(subscription)
    subscription.save()
    _record(subscription, ConsentAct.CONFIRMED, source=Source.ACCOUNT, by=person)
    return subscription


@transaction.atomic
def confirm(subscription: Subscription) -> Subscription:
    """Confirm from the mailbox; the same again changes nothing. Raises ``SubscriptionRefused`` after leaving."""
    subscription = locked(subscription)
    if subscription.state == SubscriptionState.ACTIVE:
        return subscription
    if subscription.state != SubscriptionState.PENDING:
        raise SubscriptionRefused("state")
    _activate(subscription)
    _record(subscription, ConsentAct.CONFIRMED)
    tell_welcome(subscription)
    return subscription


@transaction.atomic
def change(subscription: Subscription, wish: Wish, *, paused_until: date | None = None) -> Subscription:
    """Keep other choices; a pause begins at once and ends by itself on its day."""
    subscription = locked(subscription)
    if subscription.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        raise SubscriptionRefused("state")
    _choose(subscription, wish)
    subscription.paused_until = paused_until
    _move(subscription, SubscriptionState.PAUSED if paused_until else SubscriptionState.ACTIVE)
    if paused_until:
        withdraw(PURPOSE, [subscription.code])
    _record(subscription, ConsentAct.PAUSED if paused_until else ConsentAct.CHANGED)
    return subscription


@transaction.atomic
def leave(
    subscription: Subscription, *, source: Source = Source.FORM, by: Person | None = None, reason: str = ""
) -> Subscription:
    """Unsubscribe, at once and also from what is being sent just now; the same again changes nothing.

    ``by`` and ``reason`` say who did it for the reader, and why.
    """
    subscription = locked(subscription)
    withdraw(PURPOSE, [subscription.code])
    if SubscriptionState.LEFT not in SUBSCRIPTION_MOVES[SubscriptionState(subscription.state)]:
        return subscription
    subscription.ended_at = timezone.now()
    _move(subscription, SubscriptionState.LEFT)
    _record(subscription, ConsentAct.LEFT, source=source, by=by, facts={"reason": reason} if reason else None)
    return subscription


@transaction.atomic
def come_back(subscription: Subscription) -> Subscription:
    """Take an unsubscribing back, for one that was confirmed before."""
    subscription = locked(subscription)
    if subscription.state != SubscriptionState.LEFT or subscription.confirmed_at is None:
        raise SubscriptionRefused("state")
    subscription.ended_at = None
    _move(subscription, SubscriptionState.ACTIVE)
    _record(subscription, ConsentAct.RETURNED)
    return subscription


@transaction.atomic
def end(code: str, reason: str) -> None:
    """End the subscription of an address that takes no mail, or whose owner reported it as unwanted."""
    subscription = Subscription.objects.select_for_update(no_key=True).filter(code=code).first()
    moves = SUBSCRIPTION_MOVES[SubscriptionState(subscription.state)] if subscription else ()
    if subscription is None or SubscriptionState.ENDED not in moves:
        return
    subscription.ended_at = timezone.now()
    _move(subscription, SubscriptionState.ENDED)
    _record(subscription, ConsentAct.ENDED, facts={"reason": reason})


@transaction.atomic
def erase(subscription: Subscription) -> None:
    """Forget an address: what stays is its hash on the suppression list and the record of consent."""
    subscription = locked(subscription)
    if subscription.state == SubscriptionState.ERASED:
        return
    suppress(subscription.email, Reason.ERASED)
    _forget(subscription)


@transaction.atomic
def forget_row(subscription: Subscription) -> None:
    """Forget an address that nobody confirmed: whoever asks for it again is asked to confirm again."""
    subscription = locked(subscription)
    if subscription.state == SubscriptionState.PENDING:
        _forget(subscription)


def _forget(subscription: Subscription) -> None:
    forget(subscription.email_key)
    ImportRow.objects.filter(email_key=subscription.email_key).update(email="", email_key="")
    _record(subscription, ConsentAct.ERASED)
    subscription.state, subscription.ended_at = SubscriptionState.ERASED, timezone.now()
    subscription.email = f"erased-{subscription.code}@erased.invalid"
    subscription.email_key = subscription.email
    subscription.contact = None
    subscription.lists.clear()
    subscription.save()


@transaction.atomic
def take_over(
    subscription: Subscription, wish: Wish, *, facts: dict[str, Any], is_confirmed: bool, by: Person
) -> Subscription:
    """Subscribe a new address for which somebody states the consent; unless it was confirmed, its owner confirms."""
    _choose(subscription, wish)
    if is_confirmed:
        _activate(subscription)
    else:
        subscription.save()
    _record(subscription, ConsentAct.IMPORTED, source=Source.IMPORT, by=by, facts=facts)
    return subscription


def new_or_locked(email: str, wish: Wish) -> tuple[Subscription, bool]:
    """Return the locked subscription of an address, made where there was none, and whether it is new."""
    is_known = Subscription.objects.filter(email_key=email_key(email)).exists()
    subscription = _locked_or_new(email, wish)
    is_waiting = subscription.state == SubscriptionState.PENDING and subscription.confirmed_at is None
    return subscription, not is_known and is_waiting


@transaction.atomic
def send_link(subscription: Subscription, *, by: Person) -> Subscription:
    """Send the link again on request: to confirm, or to the choices (once a day). Raises ``SubscriptionRefused``."""
    subscription = locked(subscription)
    if subscription.state == SubscriptionState.PENDING:
        # The link of before may stand in somebody else's mailbox.
        subscription.salt = new_code()
        subscription.save(update_fields=["salt"])
        tell_to_confirm(subscription)
    elif subscription.state in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED):
        tell_already(subscription)
    else:
        raise SubscriptionRefused("state")
    record("subscription.link_sent", subscription, by=by)
    return subscription


def resume_paused(day: date) -> int:
    """Take up those whose pause is over; return how many."""
    done = 0
    for subscription in Subscription.objects.resting(day).iterator(chunk_size=100):
        with transaction.atomic():
            row = locked(subscription)
            if row.state == SubscriptionState.PAUSED and row.paused_until and row.paused_until <= day:
                row.paused_until = None
                _move(row, SubscriptionState.ACTIVE)
                _record(row, ConsentAct.RESUMED)
                done += 1
    return done


def note(subscription: Subscription, act: ConsentAct, *, source: Source, by: Person) -> None:
    """Write down what somebody else changed for a reader."""
    _record(subscription, act, source=source, by=by)


def by_token(token: str) -> Subscription | None:
    """Return the subscription that a secret link opens, or None; wrong links take as long as right ones."""
    # What is no token at all may hold what no database takes.
    known = Subscription.objects.filter(code=code_in(token)) if token.isalnum() else Subscription.objects.none()
    subscription = known.exclude(state=SubscriptionState.ERASED).first()
    code, salt = (subscription.code, subscription.salt) if subscription else ("", "")
    return subscription if is_token_of(token, code, salt) and subscription else None


def locked(subscription: Subscription) -> Subscription:
    """Return the locked row."""
    return Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)


def _locked_or_new(email: str, wish: Wish) -> Subscription:
    key = email_key(email)
    Subscription.objects.bulk_create(
        [Subscription(email=email, email_key=key, language=wish.language, contact=_contact(email, wish))],
        ignore_conflicts=True,
    )
    return Subscription.objects.select_for_update(no_key=True).get(email_key=key)


def _contact(email: str, wish: Wish) -> Contact:
    key = email_key(email)
    Contact.objects.bulk_create([Contact(email=email, email_key=key, language=wish.language)], ignore_conflicts=True)
    return Contact.objects.get(email_key=key)


def _choose(subscription: Subscription, wish: Wish) -> None:
    subscription.language, subscription.frequency = wish.language, wish.frequency
    subscription.organisation = wish.organisation or subscription.organisation
    subscription.lists.set(wish.lists)


def _activate(subscription: Subscription) -> None:
    now = timezone.now()
    subscription.confirmed_at, subscription.ended_at, subscription.paused_until = now, None, None
    # Whoever confirms from a mailbox has it, and asks for mail again.
    if is_suppressed(subscription.email):
        lift(subscription.email)
    _move(subscription, SubscriptionState.ACTIVE)


def _move(subscription: Subscription, to: SubscriptionState) -> None:
    at = SubscriptionState(subscription.state)
    if to != at and to not in SUBSCRIPTION_MOVES[at]:
        raise SubscriptionRefused("state")
    subscription.state = to
    if to != SubscriptionState.PAUSED:
        subscription.paused_until = None
    subscription.save()


def _record(
    subscription: Subscription,
    act: ConsentAct,
    *,
    source: Source = Source.FORM,
    by: Person | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    Consent.objects.create(
        subscription_id=subscription.pk,
        address_hash=hash_of(subscription.email_key),
        act=act,
        source=source,
        text_version=CONSENT_VERSION if act in (ConsentAct.ASKED, ConsentAct.CONFIRMED) else "",
        language=subscription.language,
        choices={
            "lists": sorted(subscription.lists.values_list("code", flat=True)),
            "frequency": subscription.frequency,
            **({"paused_until": subscription.paused_until.isoformat()} if subscription.paused_until else {}),
            **(facts or {}),
        },
        by_id=by.pk if by else None,
    )
