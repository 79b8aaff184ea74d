"""Who may do what for which body: predicates and the one queryset behind them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import STAFF_ROLES, OrganisationKind, Role
from portal.accounts.models import Organisation, Person


def bodies_for(user: Any, *roles: Role) -> QuerySet[Organisation]:
    """Return the organisations in which the user holds one of these roles.

    A role in the ministry holds in all its bodies; administrators hold every staff role; an inactive user holds none.
    """
    if not (user.is_authenticated and user.is_active):
        return Organisation.objects.none()
    if user.is_superuser:
        return Organisation.objects.all()
    wanted = {*roles, Role.ADMINISTRATOR} if set(roles) & set(STAFF_ROLES) else set(roles)
    held = user.memberships.filter(role__in=wanted).values("organisation_id")
    return Organisation.objects.filter(Q(pk__in=held) | Q(parent__in=held))


def holds(user: Any, *roles: Role, organisation: Organisation | None = None) -> bool:
    """Tell whether the user holds one of these roles, in this organisation or (without one) in any."""
    bodies = bodies_for(user, *roles)
    return bodies.filter(pk=organisation.pk).exists() if organisation is not None else bodies.exists()


def is_staff_of(user: Any, organisation: Organisation) -> bool:
    """Tell whether the user works for this body in any role."""
    return holds(user, *STAFF_ROLES, organisation=organisation)


def organisation_of_contact(person: Person) -> Organisation | None:
    """Return the organisation this person is the contact of and so speaks for; the first, if they are of several."""
    membership = person.memberships.filter(role=Role.CONTACT).select_related("organisation").order_by("pk").first()
    return membership.organisation if membership else None


def administers_ministry(user: Any) -> bool:
    """Tell whether the user administers the ministry, and with it the whole portal."""
    return user.is_superuser or bodies_for(user, Role.ADMINISTRATOR).filter(kind=OrganisationKind.MINISTRY).exists()


def organisation_problems(organisation: Organisation, *, by: Any) -> list[Promise]:
    """Return why this user cannot save an organisation so.

    What an organisation is, what it is part of and its code are for administrators of the ministry. The ministry
    stays the ministry, and nothing is part of anything else, so that no circle can arise.
    """
    stored = Organisation.objects.filter(pk=organisation.pk).first()
    problems = []
    if not administers_ministry(by) and (stored is None or _standing(stored) != _standing(organisation)):
        problems.append(_("Only administrators of the ministry decide what an organisation is and what it is part of."))
    if stored and stored.kind == OrganisationKind.MINISTRY != organisation.kind:
        problems.append(_("The ministry cannot become another kind of organisation."))
    if organisation.parent and organisation.parent.kind != OrganisationKind.MINISTRY:
        problems.append(_("An organisation can be part of the ministry only."))
    return problems


def _standing(organisation: Organisation) -> tuple[str, str, int | None]:
    return organisation.code, organisation.kind, organisation.parent_id


def display_name(person: Person) -> str:
    """Return the name shown in public."""
    return person.public_name
