"""Why something was not done."""

from collections.abc import Iterable
from typing import Any


class SurveyRefused(Exception):
    """The change cannot be made; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(self.problems)
