"""What acts are called. An action is “thing.verb”; beside its thing the verb says it all."""

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "added": _("Added"),
    "address_confirmed": _("Address confirmed"),
    "changed": _("Changed"),
    "claimed": _("Taken"),
    "concluded": _("Concluded"),
    "created": _("Created"),
    "decided": _("Decided"),
    "edited": _("Edited"),
    "erased": _("Erased"),
    "granted": _("Role given"),
    "hidden": _("Hidden"),
    "locked_out": _("Sign-in paused after failed attempts"),
    "posted": _("Posted"),
    "profile_changed": _("Profile changed"),
    "published": _("Published"),
    "question_set": _("Vote question written"),
    "ready": _("Ready"),
    "received": _("Report received"),
    "released": _("Given back"),
    "removed": _("Removed"),
    "requested": _("Requested"),
    "restored": _("Shown again"),
    "revoked": _("Role taken away"),
    "saved": _("Saved"),
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
