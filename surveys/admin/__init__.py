"""Surveys in the staff area."""

from surveys.admin.parts import PageAdmin, QuestionAdmin
from surveys.admin.surveys import SurveyAdmin

__all__ = ["PageAdmin", "QuestionAdmin", "SurveyAdmin"]
