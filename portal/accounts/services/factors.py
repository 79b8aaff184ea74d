"""The second factor: an authenticator app, passkeys, and codes for the day when neither is at hand."""

import time
from datetime import timedelta
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.accounts.choices import IdentityCheck, LossReason
from portal.accounts.emails import tell
from portal.accounts.models import AddressChange, Person
from portal.accounts.rules import administers_ministry, needs_second_factor
from portal.accounts.services import open_sessions
from portal.audit import services as audit
from portal.audit.models import Entry
from portal.text import clean_line, western_digits

Type = Authenticator.Type
# What a session counts as confirmed by. Recovery codes stand in for these and fall with the last of them.
STRONG = (Type.TOTP, Type.WEBAUTHN)
# Clocks differ: a code counts half a minute before its time and after.
TOLERANCE = 1
WRONG_CODE, LOCKED = "person.second_factor_failed", "person.second_factor_locked"
# Wrong codes within the window after which no code is looked at, whoever asks and from wherever.
MAX_WRONG_CODES = 5
WINDOW = timedelta(minutes=15)
FEW_CODES = 3
# How long codes can be read and downloaded after they were made.
CODES_SHOWN = timedelta(minutes=10)

# The page to which somebody was on the way when a second factor had to be set up first, in the session.
AFTER_FACTOR = "after_factor"


class TooManyCodes(Exception):
    """So many wrong codes were given that none is looked at for a while."""


class LastFactor(Exception):
    """The last factor of somebody who needs one stays."""


class AppInUse(Exception):
    """The person has an authenticator app already: it is removed first."""


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def of(person: Person) -> list[Authenticator]:
    """Return the person's apps and passkeys, oldest first."""
    return list(Authenticator.objects.filter(user=person, type__in=STRONG).order_by("pk"))


def has_factor(person: Person) -> bool:
    """Tell whether sign-in asks this person for a second factor."""
    return Authenticator.objects.filter(user=person, type__in=STRONG).exists()


# Adding and removing


@transaction.atomic
def add_app(person: Person, *, secret: str, code: str) -> Authenticator | None:
    """Add the app that holds this secret once it has shown a right code, which then is used; None for a wrong one.

    Raises ``AppInUse`` for a second app.
    """
    person = _locked(person)
    if Authenticator.objects.filter(user=person, type=Type.TOTP).exists():
        raise AppInUse
    counter = _counter(secret, code, after=0)
    if counter is None:
        return None
    return _add(person, Type.TOTP, {"secret": encrypt(secret), "counter": counter})


@transaction.atomic
def add_passkey(person: Person, *, name: str, credential: dict[str, Any]) -> Authenticator:
    """Add a passkey that has just proven itself."""
    return _add(_locked(person), Type.WEBAUTHN, {"name": clean_line(name), "credential": credential})


def _add(person: Person, kind: Type, data: dict[str, Any]) -> Authenticator:
    added = Authenticator.objects.create(user=person, type=kind, data=data)
    audit.record("person.factor_added", person, by=person, data={"type": str(kind)})
    if not Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).exists():
        make_codes(person)
    tell(person, "factor_added", kind=str(kind))
    return added


@transaction.atomic
def remove(person: Person, *, pk: int) -> None:
    """Remove an app or a passkey of one's own; with the last, the recovery codes go too.

    Raises ``Authenticator.DoesNotExist`` for one of somebody else, and ``LastFactor``.
    """
    person = _locked(person)
    factors = of(person)
    factor = next((factor for factor in factors if factor.pk == pk), None)
    if factor is None:
        raise Authenticator.DoesNotExist
    if len(factors) == 1:
        if needs_second_factor(person):
            raise LastFactor
        Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).delete()
    factor.delete()
    audit.record("person.factor_removed", person, by=person, data={"type": str(factor.type)})
    tell(person, "factor_removed", kind=str(factor.type))


def remove_lost(person: Person, *, reason: LossReason, check: IdentityCheck, by: Person) -> int:
    """Remove all factors of somebody who lost theirs, and end their sessions; return how many factors there were.

    Raises ``PermissionDenied`` for those who do not administer the ministry, and for one's own.
    """
    if by.pk == person.pk or not administers_ministry(by):
        raise PermissionDenied
    return remove_all(person, reason=reason, check=check, by=by)


@transaction.atomic
def remove_all(person: Person, *, reason: LossReason, check: IdentityCheck, by: Person | None) -> int:
    """Remove all factors of a person, as ``remove_lost`` does, without asking who wishes it: for operators."""
    person = _locked(person)
    count = len(of(person))
    if count:
        Authenticator.objects.filter(user=person).delete()
        facts = {"count": count, "reason": str(LossReason(reason)), "check": str(IdentityCheck(check))}
        audit.record("person.lost_factors_removed", person, by=by, data=facts)
        open_sessions.end_all(person, why="factors_removed", by=by)
        tell(person, "lost_factors_removed", reason=facts["reason"])
    return count


@transaction.atomic
def erase(person: Person) -> None:
    """Forget everything by which an erased person signed in."""
    Authenticator.objects.filter(user=person).delete()
    open_sessions.end_all(person, why="erased", by=person)
    AddressChange.objects.filter(person=person).delete()


# Recovery codes


@transaction.atomic
def make_codes(person: Person) -> None:
    """Make recovery codes; those from before no longer work. Nothing where there is no factor to recover."""
    person = _locked(person)
    if not has_factor(person):
        return
    earlier, _details = Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(person)
    audit.record("person.recovery_codes_made", person, by=person)
    if earlier:
        tell(person, "recovery_codes_made")


def _codes(person: Person) -> Authenticator | None:
    return Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).first()


def codes_left(person: Person) -> int | None:
    """Return how many recovery codes are unused; None where there are none at all."""
    codes = _codes(person)
    return None if codes is None else len(codes.wrap().get_unused_codes())


def readable_codes(person: Person) -> list[str]:
    """Return the unused codes within ten minutes of their making; afterwards nobody can read them."""
    codes = _codes(person)
    if codes is None or timezone.now() - codes.created_at >= CODES_SHOWN:
        return []
    return codes.wrap().get_unused_codes()


# Giving a code


@transaction.atomic
def accept_code(person: Person, code: str) -> Authenticator | None:
    """Return the app or the recovery codes that this code is of, None for a wrong one. Each code counts once.

    Raises ``TooManyCodes`` after five wrong ones in a quarter of an hour. Counted in the database, by person and under
    a lock: from many addresses at once or while the cache is away, no more are looked at.
    """
    person = _locked(person)
    code = "".join(western_digits(code).split()).replace("-", "")
    wrong = Entry.objects.about(person).filter(action=WRONG_CODE, at__gt=timezone.now() - WINDOW).count()
    if wrong >= MAX_WRONG_CODES:
        raise TooManyCodes
    for factor in Authenticator.objects.filter(user=person).exclude(type=Type.WEBAUTHN).order_by("-type"):
        if _fits(factor, code):
            if factor.type == Type.RECOVERY_CODES:
                audit.record("person.recovery_code_used", person, by=person)
            return factor
    audit.record(WRONG_CODE, person, by=None)
    if wrong + 1 == MAX_WRONG_CODES:
        audit.record(LOCKED, person, by=None)
        tell(person, "second_factor_locked")
    return None


def _fits(factor: Authenticator, code: str) -> bool:
    if factor.type == Type.RECOVERY_CODES:
        return factor.wrap().validate_code(code)
    counter = _counter(decrypt(factor.data["secret"]), code, after=factor.data.get("counter", 0))
    if counter is None:
        return False
    factor.data["counter"] = counter
    factor.save(update_fields=["data"])
    return True


def _counter(secret: str, code: str, *, after: int) -> int | None:
    """Return the half minute of which this is the code, if it is near and later than the last that was used."""
    now = int(time.time()) // app_settings.TOTP_PERIOD
    for counter in range(now - TOLERANCE, now + TOLERANCE + 1):
        if counter > after and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return counter
    return None
