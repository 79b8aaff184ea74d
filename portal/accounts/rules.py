"""Who may do what for which body: predicates and the one queryset behind them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import STAFF_ROLES, OrganisationKind, Role
from portal.accounts.models import Organisation, Person

# What decides how far roles in an organisation reach.
STANDING = ("code", "kind", "parent_id")


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


def may_save_organisation(user: Any, organisation: Organisation) -> bool:
    """Administrators may; what it is, what it is part of and its code are for those of the ministry."""
    if administers_ministry(user):
        return True
    stored = Organisation.objects.filter(pk=organisation.pk).first()
    unchanged = stored is not None and all(getattr(stored, n) == getattr(organisation, n) for n in STANDING)
    return unchanged and holds(user, Role.ADMINISTRATOR, organisation=stored)


def organisation_problems(organisation: Organisation) -> list[Promise]:
    """Return why an organisation cannot be so: the ministry stays it, and nothing is part of anything else.

    With the constraints of the table no circle can arise, and no second ministry.
    """
    problems = []
    was_ministry = Organisation.objects.filter(pk=organisation.pk, kind=OrganisationKind.MINISTRY).exists()
    if was_ministry and organisation.kind != OrganisationKind.MINISTRY:
        problems.append(_("The ministry cannot become another kind of organisation."))
    if organisation.parent and organisation.parent.kind != OrganisationKind.MINISTRY:
        problems.append(_("An organisation can be part of the ministry only."))
    return problems


def display_name(person: Person) -> str:
    """Return the name shown in public."""
    return person.public_name
