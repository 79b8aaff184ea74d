"""What allauth and axes tell of accounts, written into the trail.

They speak through signals, because nothing else of theirs is called at the moment of the change.
"""

from collections.abc import Callable
from typing import Any

from allauth.account import signals
from axes.signals import user_locked_out

from portal.accounts import services
from portal.accounts.models import Person

ACTIONS = {
    "person.address_added": signals.email_added,
    "person.address_changed": signals.email_changed,
    "person.address_removed": signals.email_removed,
    "person.password_changed": signals.password_changed,
    "person.password_set": signals.password_set,
    "person.password_reset": signals.password_reset,
}


def connect() -> None:
    """Listen from now on; connected a second time, nothing is heard twice."""
    for action, signal in ACTIONS.items():
        signal.connect(_noting(action), weak=False, dispatch_uid=action)
    user_locked_out.connect(_locked_out, dispatch_uid="person.locked_out")


def _noting(action: str) -> Callable[..., None]:
    def note(sender: Any, *, user: Person, **kwargs: Any) -> None:
        services.note_own_change(user, action=action)

    return note


def _locked_out(sender: Any, *, username: str | None, **kwargs: Any) -> None:
    services.note_lock_out(username or "")
