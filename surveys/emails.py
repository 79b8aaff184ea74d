"""What people are sent about surveys, each in their language."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from portal.accounts.models import Person
from portal.mailings.emails import TOKEN_SLOT
from portal.messaging.emails import Rendered, render
from portal.messaging.models import Message
from portal.messaging.services import notify
from portal.text import localised
from surveys.choices import ONE_OPTION_KINDS, POINTS, SendingKind
from surveys.models import Invitee, Round, Sending, Survey
from surveys.rules.inviting import token_for
from surveys.selectors.drawing import DrawnChoice, Words, draw, words_of
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


# So many questions of the first page stand in a mail, each with its answers.
MOST_IN_MAIL = 2


@dataclass(frozen=True)
class Asked:
    """A question as a mail shows it: its answers are links, or words alone where a link would tell who gave which."""

    title: Words
    choices: list[tuple[DrawnChoice, str]]


def questions_in_mail(survey: Survey, path: str) -> list[Asked]:
    """Return the first questions that can be answered with one choice, each choice with its link.

    A link opens the page with the answer chosen and stores nothing. In an anonymous survey there is none: the answer
    would stand beside the token in an address, which servers write into their logs.
    """
    page = questionnaire_in(survey.version).pages[0]
    kinds = {*ONE_OPTION_KINDS, *POINTS}
    found = [one for one in page.questions if one.kind in kinds and not (one.show_if or page.show_if)]
    return [
        Asked(
            one.title,
            [
                (choice, "" if survey.is_anonymous else f"{path}?{urlencode({one.name: choice.value})}")
                for choice in one.choices
            ],
        )
        for one in draw(found[:MOST_IN_MAIL], {}, (), survey.code)
    ]


def post_question(invitee: Invitee, recipient: Any) -> Message | None:
    """Ask somebody about something of theirs that is over."""
    survey, language = invitee.survey, invitee.language
    token = token_for(invitee.nonce, invitee.token_hash)
    with translation.override(language):
        path = reverse("surveys:invited", args=[survey.code, token])
        stop_path = reverse("surveys:no_invitations", args=[token])
        context = {
            "title": words_of(questionnaire_in(survey.version).title).text,
            "body": localised(survey.organisation, "name")[0],
            "minutes": minutes_for(questionnaire_in(survey.version)),
            "is_anonymous": survey.is_anonymous,
            "questions": questions_in_mail(survey, path),
            "path": path,
            "stop_path": stop_path,
        }
        headers = {
            "List-Unsubscribe": f"<{settings.BASE_URL.rstrip('/')}{stop_path}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        key = f"survey-question-{invitee.code}"
        return notify(recipient, "surveys/question", context=context, key=key, language=language, headers=headers)


def tell_round_held(person: Person, made: Round) -> None:
    """Tell somebody responsible, once, that a round was made and not published, and why."""
    with translation.override(person.language):
        context = {
            "title": localised(made.survey, "title")[0],
            "period": made.period,
            "problems": made.problems,
            "path": reverse("admin:surveys_survey_change", args=[made.survey_id]),
        }
        notify(person, "surveys/round_held", context=context, key=f"survey-round-{made.pk}-{person.pk}")
