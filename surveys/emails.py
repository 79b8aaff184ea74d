"""What people are sent about surveys, each in their language."""

from django.urls import reverse
from django.utils import translation

from portal.mailings.emails import TOKEN_SLOT
from portal.messaging.emails import Rendered, render
from portal.text import localised
from surveys.choices import SendingKind
from surveys.models import Sending, Survey
from surveys.selectors.drawing import words_of
from surveys.selectors.public import minutes_for
from surveys.selectors.structure import questionnaire_in


def editions_of(sending: Sending) -> dict[str, Rendered]:
    """Return the mail of a sending in each language of its survey, with the slot for what is each reader's own."""
    languages = questionnaire_in(sending.survey.version).languages
    return {language: _invitation(sending.survey, language, SendingKind(sending.kind)) for language in languages}


def _invitation(survey: Survey, language: str, kind: SendingKind) -> Rendered:
    questionnaire = questionnaire_in(survey.version)
    with translation.override(language):
        context = {
            "title": words_of(questionnaire.title).text,
            "body": localised(survey.organisation, "name")[0],
            "minutes": minutes_for(questionnaire),
            "closes_at": survey.closes_at,
            "is_anonymous": survey.is_anonymous,
            "is_reminder": kind == SendingKind.REMINDER,
            "path": reverse("surveys:invited", args=[survey.code, TOKEN_SLOT]),
            "stop_path": reverse("surveys:no_invitations", args=[TOKEN_SLOT]),
        }
        return render("surveys/mail/invitation", language, context)
