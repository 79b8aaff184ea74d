"""Who may do what for which body: predicates and the one queryset behind them."""

from typing import Any

from django.db.models import Q, QuerySet

from portal.accounts.choices import STAFF_ROLES, Role
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


def display_name(person: Person) -> str:
    """Return the name shown in public."""
    return person.public_name
