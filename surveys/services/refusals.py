"""Why something was not done."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _


class SurveyRefused(Exception):
    """The change cannot be made; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(self.problems)


def ended_for_good() -> str:
    """Say why an anonymous survey whose last answers were mixed is never opened again: see docs/decisions/0024."""
    return _(
        "Its last anonymous answers have been mixed: opened again, it would give away the next ones."
        " Make a copy as the next round."
    )
