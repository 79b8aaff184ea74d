"""Who may do what with a mailing."""

from typing import Any

from portal.accounts.choices import Role
from portal.accounts.rules import holds, holds_in_ministry
from portal.mailings.choices import MailingState

# What staff may do where a mailing stands, by the name of the act.
ACTS = {
    "pause": (MailingState.SENDING,),
    "resume": (MailingState.PAUSED,),
    "let_go": (MailingState.LATE,),
    "cancel": (MailingState.READY, MailingState.SENDING, MailingState.PAUSED, MailingState.LATE),
}


def may_control(user: Any, mailing: Any) -> bool:
    """Editors and managers of the body may, and its administrators."""
    return holds(user, Role.EDITOR, Role.MANAGER, organisation=mailing.organisation)


def acts_for(user: Any, mailing: Any) -> list[str]:
    """Return what this user may do with a mailing as it stands."""
    return [act for act, states in ACTS.items() if mailing.state in states] if may_control(user, mailing) else []


def may_lift(user: Any) -> bool:
    """Tell whether the user may take addresses off the suppression list: administrators of the whole portal."""
    return holds_in_ministry(user, Role.ADMINISTRATOR)
