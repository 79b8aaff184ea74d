"""Who may do what for which body: predicates and the one queryset behind them."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import STAFF_ROLES, OrganisationKind, Role
from portal.accounts.models import Organisation, Person

# What decides how far roles in an organisation reach.
STANDING = ("code", "kind", "parent_id")

# The attribute of a user under which their roles are kept.
_KEPT = "_roles_kept"
# That of a user whose session lacks the second factor they need: until they give it, they hold no role of staff.
_FIRST_FACTOR_ONLY = "_first_factor_only"


def needs_second_factor(user: Any) -> bool:
    """Tell whether this user must have a second factor: all who may enter the admin, where the portal asks for it."""
    return settings.STAFF_SECOND_FACTOR and user.is_authenticated and user.is_staff


def hold_back_roles(user: Any) -> None:
    """Let a user act without their roles of staff for as long as this object lives, which is the request."""
    setattr(user, _FIRST_FACTOR_ONLY, True)


def is_held_back(user: Any) -> bool:
    """Tell whether the roles of this user wait for their second factor."""
    return getattr(user, _FIRST_FACTOR_ONLY, False)


def _may_all(user: Any) -> bool:
    return user.is_superuser and not is_held_back(user)


def bodies_for(user: Any, *roles: Role) -> QuerySet[Organisation]:
    """Return the organisations in which the user holds one of these roles.

    A role in the ministry holds in all its bodies; administrators hold every staff role; an inactive user holds none.
    """
    if not (user.is_authenticated and user.is_active):
        return Organisation.objects.none()
    if _may_all(user):
        return Organisation.objects.all()
    return Organisation.objects.filter(pk__in=[body for body, _kind in _reached(user, roles)])


def reach_of(user: Any, *roles: Role) -> list[int] | None:
    """Return the ids of what ``bodies_for`` gives, from what is known of the user; None for every body there is.

    For queues of millions: with the ids at hand the database finds its way by an index.
    """
    if not (user.is_authenticated and user.is_active):
        return []
    return None if _may_all(user) else sorted({body for body, _kind in _reached(user, roles)})


def spoken_for(user: Any) -> list[int]:
    """Return the ids of the organisations that this person is the contact of."""
    return sorted({body for role, body, _kind, is_own in _reach(user) if role == Role.CONTACT and is_own})


def holds(user: Any, *roles: Role, organisation: Organisation | None = None) -> bool:
    """Tell whether the user holds one of these roles, in this organisation or (without one) in any."""
    if not (user.is_authenticated and user.is_active):
        return False
    if _may_all(user):
        return True
    reached = {body for body, _kind in _reached(user, roles)}
    return bool(reached) if organisation is None else organisation.pk in reached


def holds_in_ministry(user: Any, *roles: Role) -> bool:
    """Tell whether the user holds one of these roles for the whole portal, which is to say in the ministry."""
    if not (user.is_authenticated and user.is_active):
        return False
    return _may_all(user) or OrganisationKind.MINISTRY in {kind for _body, kind in _reached(user, roles)}


def forget_roles(user: Any) -> None:
    """Ask the database again what this user holds: called wherever that may have changed."""
    if hasattr(user, _KEPT):
        delattr(user, _KEPT)


def _reached(user: Any, roles: tuple[Role, ...]) -> list[tuple[int, str]]:
    wanted = {*roles, Role.ADMINISTRATOR} if set(roles) & set(STAFF_ROLES) else set(roles)
    if is_held_back(user):
        wanted -= set(STAFF_ROLES)
    return [(body, kind) for role, body, kind, _own in _reach(user) if role in wanted]


def _reach(user: Any) -> set[tuple[str, int, str, bool]]:
    """Return role, body, kind of body, and whether the role is held there itself, for all that the roles reach.

    Asked once and kept on the user object, which lives as long as the request: pages of the admin ask dozens of times.
    """
    kept = getattr(user, _KEPT, None)
    if kept is None:
        columns = ("role", "organisation", "organisation__kind", "organisation__parts", "organisation__parts__kind")
        kept = set()
        for role, body, kind, part, kind_of_part in user.memberships.values_list(*columns):
            kept |= {(role, body, kind, True)} | ({(role, part, kind_of_part, False)} if part else set())
        setattr(user, _KEPT, kept)
    return kept


def is_staff_of(user: Any, organisation: Organisation) -> bool:
    """Tell whether the user works for this body in any role."""
    return holds(user, *STAFF_ROLES, organisation=organisation)


def organisation_of_contact(person: Person) -> Organisation | None:
    """Return the organisation this person is the contact of and so speaks for; the first, if they are of several."""
    membership = person.memberships.filter(role=Role.CONTACT).select_related("organisation").order_by("pk").first()
    return membership.organisation if membership else None


def administers_ministry(user: Any) -> bool:
    """Tell whether the user administers the ministry, and with it the whole portal."""
    return holds_in_ministry(user, Role.ADMINISTRATOR)


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
