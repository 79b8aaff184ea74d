"""What acts are called. An action is “thing.verb”; beside its thing the verb says it all."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "added": _("Added"),
    "address_change_asked": _("New address asked for"),
    "address_change_stopped": _("New address stopped"),
    "address_changed": _("Address changed"),
    "address_confirmed": _("Address confirmed"),
    "changed": _("Changed"),
    "claimed": _("Taken"),
    "concluded": _("Concluded"),
    "created": _("Created"),
    "decided": _("Decided"),
    "discarded": _("Discarded"),
    "edited": _("Edited"),
    "erased": _("Erased"),
    "factor_added": _("Second factor added"),
    "factor_removed": _("Second factor removed"),
    "granted": _("Role given"),
    "hidden": _("Hidden"),
    "joined": _("Joined"),
    "locked_out": _("Sign-in paused after failed attempts"),
    "lost_factors_removed": _("Lost second factor removed"),
    "opened": _("Opened"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password set by a link"),
    "password_set": _("Password set"),
    "posted": _("Posted"),
    "profile_changed": _("Profile changed"),
    "published": _("Published"),
    "question_set": _("Vote question written"),
    "ready": _("Ready"),
    "received": _("Report received"),
    "recovery_code_used": _("Recovery code used"),
    "recovery_codes_made": _("Recovery codes made"),
    "released": _("Given back"),
    "removed": _("Removed"),
    "requested": _("Requested"),
    "restored": _("Shown again"),
    "retired": _("Retired"),
    "revoked": _("Role taken away"),
    "saved": _("Saved"),
    "second_factor_failed": _("Wrong code given"),
    "second_factor_locked": _("Codes paused after wrong ones"),
    "sessions_ended": _("Sessions ended"),
    "settled": _("Settled"),
    "signed_up": _("Signed up"),
    "standing_changed": _("Standing changed"),
    "topics_set": _("Topics changed"),
    "version_kept": _("Version kept"),
    "vote_changed": _("Vote changed"),
    "voted": _("Vote cast"),
    "withdrawn": _("Withdrawn"),
}


def word_for(action: str) -> str:
    """Return the act in the reader's language; its own name where it has no word."""
    return str(WORDS.get(action.rpartition(".")[2], action))
