"""Writes about people and organisations."""

from typing import Any

from django.db import transaction

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.models import Membership, Organisation, Person, Team
from portal.audit import services as audit


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
    person = _locked(membership.person)
    audit.record("membership.revoked", membership, by=by, data=_membership_facts(membership))
    membership.delete()
    _keep_staff_in_step(person)


def _membership_facts(membership: Membership) -> dict[str, Any]:
    return {"person": membership.person.code, "role": str(membership.role)}


@transaction.atomic
def save_organisation(organisation: Organisation, *, by: Person) -> Organisation:
    """Create or change an organisation."""
    created = organisation._state.adding
    organisation.save()
    audit.record("organisation.created" if created else "organisation.changed", organisation, by=by)
    return organisation


@transaction.atomic
def save_team(team: Team, *, by: Person) -> Team:
    """Create or change a team."""
    created = team._state.adding
    team.save()
    audit.record("team.created" if created else "team.changed", team, by=by)
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
