"""Who may do what with a survey, and who may answer it."""

from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from surveys.choices import MOVES, Act, Audience, State, Status
from surveys.models import Survey


def may_see_in_admin(user: Any, survey: Survey) -> bool:
    """Editors and managers of the body may."""
    return holds(user, Role.EDITOR, Role.MANAGER, organisation=survey.organisation)


def may_edit(user: Any, survey: Survey) -> bool:
    """Editors of the body may, until its results are published."""
    return survey.status != Status.RESULTS and holds(user, Role.EDITOR, organisation=survey.organisation)


def may_move(user: Any, survey: Survey) -> bool:
    """Editors of the body may; templates are never published."""
    return not survey.is_template and holds(user, Role.EDITOR, organisation=survey.organisation)


def acts_from(survey: Survey) -> list[Act]:
    """Return the acts that the table allows from where the survey stands."""
    return [] if survey.is_template else [act for act in Act if survey.state in MOVES[act].states]


def why_not(user: Any, survey: Survey, *, is_invited: bool = False) -> str:
    """Return why this user may not answer (``state sign_in verify invited member``), or an empty text.

    ``is_invited`` tells that a valid token was shown: it opens every survey, whatever the audience.
    """
    if survey.state != State.OPEN:
        return "state"
    if is_invited or survey.audience == Audience.EVERYONE:
        return ""
    if survey.audience == Audience.INVITED:
        return "invited"
    if not user.is_authenticated:
        return "sign_in"
    if survey.audience == Audience.VERIFIED and not user.is_verified:
        return "verify"
    if survey.audience == Audience.MEMBERS and not is_member(user, survey):
        return "member"
    return ""


def is_member(user: Any, survey: Survey) -> bool:
    """Tell whether the user belongs to one of the organisations named, or to any where none is."""
    named = survey.members_of.values("pk")
    memberships = user.memberships.all()
    return memberships.filter(organisation__in=named).exists() if named.exists() else memberships.exists()


def may_enter(user: Any, survey: Survey) -> bool:
    """Editors of the body write down what people answered on paper or by telephone."""
    return not survey.is_template and holds(user, Role.EDITOR, organisation=survey.organisation)


def may_export(user: Any, survey: Survey) -> bool:
    """Editors and managers of the body may take the answers away, without names."""
    return not survey.is_template and may_see_in_admin(user, survey)


def may_export_names(user: Any, survey: Survey) -> bool:
    """Managers of the body may take names along, where there are any."""
    return not survey.is_anonymous and holds(user, Role.MANAGER, organisation=survey.organisation)


def ended_for_good() -> str:
    """Say why an anonymous survey whose last answers were mixed is never opened again: see docs/decisions/0024."""
    return _(
        "Its last anonymous answers have been mixed: opened again, it would give away the next ones."
        " Make a copy as the next round."
    )


def may_invite(user: Any, survey: Survey) -> bool:
    """Editors of the body invite people to a survey that was published."""
    return not survey.is_template and survey.is_public and holds(user, Role.EDITOR, organisation=survey.organisation)
