"""References, and who may do what with a request."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.text import CODE_ALPHABET, western_digits
from tickets.choices import ENDED_STATES, TRANSITIONS, Mover, TicketState

# Read aloud in two groups of four, the last character being the check.
REFERENCE_LENGTH = 8
REOPEN_WITHIN = timedelta(days=30)
_BASE = len(CODE_ALPHABET)


def new_reference() -> str:
    """Return a random reference such as ``7K3M-9PQT``: seven characters and a check character.

    Letters and digits that are hard to tell apart are left out, and so are those that make words.
    """
    body = "".join(secrets.choice(CODE_ALPHABET) for _ in range(REFERENCE_LENGTH - 1))
    return _grouped(body + _check_character(body))


def read_reference(text: str) -> str | None:
    """Return the reference that somebody typed or read out, or None when it cannot be one.

    Case, spaces, hyphens and Eastern digits do not matter. One wrong character, or two neighbours exchanged, is
    noticed: Luhn's rule to the base of the alphabet (ISO/IEC 7812 for any even base).
    """
    letters = [character for character in western_digits(text).casefold() if character.isalnum()]
    plain = "".join(letters)
    if len(plain) != REFERENCE_LENGTH or any(character not in CODE_ALPHABET for character in plain):
        return None
    return _grouped(plain) if _check_character(plain[:-1]) == plain[-1] else None


def _grouped(plain: str) -> str:
    return f"{plain[:4]}-{plain[4:]}".upper()


def _check_character(body: str) -> str:
    total, factor = 0, 2
    for character in reversed(body):
        product = factor * CODE_ALPHABET.index(character)
        total += product // _BASE + product % _BASE
        factor = 3 - factor
    return CODE_ALPHABET[-total % _BASE]


def may_move(ticket: Any, to: TicketState, mover: Mover) -> bool:
    """Tell whether the table lets this mover take the request from where it stands to there."""
    return mover in TRANSITIONS.get((TicketState(ticket.state), to), frozenset())


def may_work_on(user: Any, ticket: Any) -> bool:
    """Agents of the body may, and its administrators."""
    return holds(user, Role.AGENT, organisation=ticket.organisation)


def may_reopen(ticket: Any, moment: datetime) -> bool:
    """A request that ended by being solved or closed can be taken up again for thirty days, up to the last second."""
    ended_at = ticket.closed_at or ticket.solved_at
    return (
        ticket.state in {TicketState.SOLVED, TicketState.CLOSED}
        and ended_at is not None
        and moment <= ended_at + REOPEN_WITHIN
    )


def may_write(ticket: Any, moment: datetime) -> bool:
    """The person may add to what is not over, and to what can be reopened by it."""
    return ticket.state not in ENDED_STATES or may_reopen(ticket, moment)
