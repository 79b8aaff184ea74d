"""Asking somebody how something went: apps say that it is over, and whoever asks questions may ask one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.registry import Registry


@dataclass(frozen=True)
class Occasion:
    """Something of somebody's that is over. ``subject`` is its public code, ``recipient`` a person or a contact."""

    trigger: str
    subject: str
    recipient: Any
    language: str
    organisation: Any


# By their names, what can be over, in words: an editor chooses what a survey follows.
triggers: Registry[Any] = Registry("triggers")
# Each is told and asks, within the caller's transaction; True where it has asked, now or before.
askers: Registry[Callable[[Occasion], bool]] = Registry("askers")


def ask_after(trigger: str, subject: str, *, recipient: Any, language: str, organisation: Any) -> bool:
    """Ask somebody about something of theirs that is over, once; tell whether they are asked.

    It follows their own request: no rule on how often people are invited holds here.
    """
    if recipient is None:
        return False
    occasion = Occasion(trigger, subject, recipient, language, organisation)
    return any([ask(occasion) for ask in askers.values()])
