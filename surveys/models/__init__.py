"""Surveys, what they ask, and what was answered."""

from surveys.models.answers import Answer, Draft, PageCount, Participation, Rollup, Sheet
from surveys.models.structure import Condition, Option, Page, Question, Row
from surveys.models.surveys import StateChange, Survey, Version

__all__ = [
    "Answer",
    "Condition",
    "Draft",
    "Option",
    "Page",
    "PageCount",
    "Participation",
    "Question",
    "Rollup",
    "Row",
    "Sheet",
    "StateChange",
    "Survey",
    "Version",
]
