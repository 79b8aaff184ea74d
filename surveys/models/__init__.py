"""Surveys, what they ask, and what was answered."""

from surveys.models.answers import Answer, Draft, PageCount, Participation, Rollup, Sheet
from surveys.models.asking import Asked, Following
from surveys.models.inviting import AddressList, Invitee, Inviting, ListedAddress, NoInvitations, Sending
from surveys.models.results import PublicQuestion, Quote
from surveys.models.rounds import Round, Series
from surveys.models.structure import Condition, Option, Page, Question, Row
from surveys.models.surveys import StateChange, Survey, Version
from surveys.models.understanding import Job, Tag, TaggedText, Theme, ThemedText

__all__ = [
    "AddressList",
    "Answer",
    "Asked",
    "Condition",
    "Draft",
    "Following",
    "Invitee",
    "Inviting",
    "Job",
    "ListedAddress",
    "NoInvitations",
    "Option",
    "Page",
    "PageCount",
    "Participation",
    "PublicQuestion",
    "Question",
    "Quote",
    "Rollup",
    "Round",
    "Row",
    "Sending",
    "Series",
    "Sheet",
    "StateChange",
    "Survey",
    "Tag",
    "TaggedText",
    "Theme",
    "ThemedText",
    "Version",
]
