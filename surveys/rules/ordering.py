"""Random order that stays the same for one person: what is anchored keeps its place."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from surveys.rules.shapes import Option, Question, Row

Thing = TypeVar("Thing", Option, Row)


def shuffled(things: Sequence[Thing], seed: str) -> list[Thing]:
    """Return the things in an order that the seed alone decides; anchored ones stay where they stand."""
    free = [thing for thing in things if not thing.is_anchored]
    Random(seed).shuffle(free)
    rest = iter(free)
    return [thing if thing.is_anchored else next(rest) for thing in things]


def options_for(question: Question, seed: str) -> list[Option]:
    """Return the options in the order in which this person sees them; those of a table are a scale, and stay."""
    turns = question.is_random and not question.rows
    return shuffled(question.options, f"{seed}:{question.code}") if turns else list(question.options)


def rows_for(question: Question, seed: str) -> list[Row]:
    """Return the lines of a table in the order in which this person sees them."""
    return shuffled(question.rows, f"{seed}:{question.code}") if question.is_random else list(question.rows)
