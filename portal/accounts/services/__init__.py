"""Writes about people and organisations."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from portal import registry
from portal.accounts.choices import STAFF_ROLES, ParticipantKind, Role, Verification
from portal.accounts.models import Membership, Organisation, Person, Team
from portal.accounts.querysets import email_key
from portal.accounts.rules import forget_roles, may_save_organisation, organisation_problems
from portal.audit import services as audit
from portal.audit.models import Entry

LOCKED_OUT = "person.locked_out"


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def _keep_staff_in_step(person: Person) -> None:
    """Let those who work for a body enter the admin, and nobody else; superusers always may."""
    person.is_staff = person.is_superuser or person.memberships.filter(role__in=STAFF_ROLES).exists()
    person.save(update_fields=["is_staff"])


@transaction.atomic
def grant_membership(
    person: Person, *, organisation: Organisation, role: Role | str, by: Person | None, team: Team | None = None
) -> Membership:
    """Give a person a role in an organisation; one that is held already stays as it is."""
    forget_roles(person)
    person = _locked(person)
    membership, created = Membership.objects.get_or_create(
        person=person, organisation=organisation, role=Role(role), defaults={"team": team}
    )
    if created:
        _keep_staff_in_step(person)
        audit.record("membership.granted", membership, by=by, data=_membership_facts(membership))
    return membership


@transaction.atomic
def revoke_membership(membership: Membership, *, by: Person | None) -> None:
    """Take a role away; with the last one at a body, the way into the admin closes."""
    forget_roles(membership.person)
    person = _locked(membership.person)
    audit.record("membership.revoked", membership, by=by, data=_membership_facts(membership))
    membership.delete()
    _keep_staff_in_step(person)


def _membership_facts(membership: Membership) -> dict[str, Any]:
    return {"person": membership.person.code, "role": str(membership.role)}


@transaction.atomic
def save_organisation(organisation: Organisation, *, by: Person) -> Organisation:
    """Create or change an organisation.

    Raises ``PermissionDenied`` for those who may not, and ``ValidationError`` for what an organisation cannot be.
    """
    created = organisation._state.adding
    # Locked, so that what is checked is what is changed.
    Organisation.objects.select_for_update(no_key=True).filter(pk=organisation.pk).first()
    if not may_save_organisation(by, organisation):
        raise PermissionDenied
    if problems := organisation_problems(organisation):
        raise ValidationError(problems)
    before = audit.stored(organisation)
    organisation.save()
    forget_roles(by)
    audit.record("organisation.created" if created else "organisation.changed", organisation, by=by, before=before)
    return organisation


@transaction.atomic
def save_team(team: Team, *, by: Person) -> Team:
    """Create or change a team."""
    created = team._state.adding
    before = audit.stored(team)
    team.save()
    audit.record("team.created" if created else "team.changed", team, by=by, before=before)
    return team


@transaction.atomic
def set_standing(person: Person, *, is_active: bool, verification: str, by: Person) -> Person:
    """Say whether a person may sign in and how far they are known. An erased person stays as they are."""
    person = _locked(person)
    before = {"is_active": person.is_active, "verification": person.verification}
    after = {"is_active": is_active, "verification": str(verification)}
    if person.erased_at is None and before != after:
        person.is_active, person.verification = is_active, verification
        person.save(update_fields=["is_active", "verification"])
        audit.record("person.standing_changed", person, by=by, data={"before": before, "after": after})
    return person


@transaction.atomic
def complete_sign_up(person: Person, *, display_name: str, kind: str, language: str) -> Person:
    """Add to a new account what was asked at sign-up, and write down the consent given there."""
    person.display_name, person.kind, person.language = display_name, kind, language
    person.save(update_fields=["display_name", "kind", "language"])
    audit.record("person.signed_up", person, by=person, data={"consent": ["participation-policy", "privacy"]})
    return person


@transaction.atomic
def confirm_address(person: Person) -> Person:
    """Write down that the person reads mail sent to their address."""
    person = _locked(person)
    if person.verification == Verification.NONE:
        person.verification = Verification.EMAIL
        person.save(update_fields=["verification"])
    audit.record("person.address_confirmed", person, by=person)
    return person


def note_own_change(person: Person, *, action: str) -> None:
    """Write down that a person changed how they sign in; neither address nor password is told."""
    audit.record(action, person, by=person)


def note_lock_out(login: str) -> None:
    """Write down that sign-in was paused for the account of this address; nothing where it has none.

    Once an hour at most: whoever goes on trying does not fill the trail.
    """
    person = Person.objects.filter(email_key=email_key(login)).first()
    if person is None:
        return
    earlier = Entry.objects.about(person).filter(action=LOCKED_OUT, at__gt=timezone.now() - timedelta(hours=1))
    if not earlier.exists():
        audit.record(LOCKED_OUT, person, by=None)


@transaction.atomic
def update_profile(person: Person, **fields: str) -> Person:
    """Change what a person tells about themselves; the trail names the fields, never what stands in them."""
    person = _locked(person)
    changed = sorted(name for name, value in fields.items() if getattr(person, name) != value)
    if changed:
        for name in changed:
            setattr(person, name, fields[name])
        person.save(update_fields=changed)
        audit.record("person.profile_changed", person, by=person, data={"fields": changed})
    return person


@transaction.atomic
def erase_person(person: Person, *, by: Person) -> Person:
    """Erase a person's data for good. They stay as a tombstone, so that ledgers keep their ids.

    Every app erases what it holds; sessions end because the password is no longer the one they were made with.
    """
    person = _locked(person)
    if person.erased_at is not None:
        return person
    for entry in registry.personal_data.values():
        if entry.erase is not None:
            entry.erase(person)
    for membership in person.memberships.select_related("person"):
        revoke_membership(membership, by=by)
    EmailAddress.objects.filter(user=person).delete()
    person.email = f"erased-{person.code}@erased.invalid"
    person.display_name = person.full_name = ""
    person.kind, person.verification = ParticipantKind.INDIVIDUAL, Verification.NONE
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_login = None
    person.erased_at = timezone.now()
    person.set_unusable_password()
    person.save()
    audit.record("person.erased", person, by=by)
    return person
