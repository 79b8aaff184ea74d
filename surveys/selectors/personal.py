"""What surveys know of one person."""

from typing import Any

from portal.accounts.models import Person
from portal.text import localised
from surveys.models import Answer, Draft, Inviting, Participation


def answers_of(person: Person) -> list[dict[str, Any]]:
    """Return the surveys in which a person took part, and what they said where it is tied to them."""
    found = Participation.objects.filter(person=person).select_related("survey", "sheet").order_by("pk")
    answers: dict[Any, list[dict[str, str]]] = {}
    for one in Answer.objects.filter(sheet__participation__person=person).order_by("question", "row", "option"):
        answers.setdefault(one.sheet_id, []).append(_told(one))
    told = [
        {
            "survey": localised(part.survey, "title")[0],
            "code": part.survey.code,
            "anonymous": part.survey.is_anonymous,
            "answers": answers.get(part.sheet.pk, []) if hasattr(part, "sheet") else [],
        }
        for part in found
    ]
    drafts = Draft.objects.unfinished().filter(person=person).select_related("survey").order_by("pk")
    unfinished = [
        {"survey": localised(one.survey, "title")[0], "code": one.survey.code, "unfinished": one.answers}
        for one in drafts
    ]
    return [*told, *unfinished]


def invitations_of(person: Person) -> list[dict[str, Any]]:
    """Return the invitations that went to a person, the last first."""
    found = Inviting.objects.written().filter(invitee__person=person).select_related("sending__survey").order_by("-pk")
    return [
        {"survey": localised(one.sending.survey, "title")[0], "kind": one.sending.kind, "at": one.at} for one in found
    ]


def _told(answer: Answer) -> dict[str, str]:
    parts = {
        "question": answer.question,
        "row": answer.row,
        "option": answer.option,
        "number": "" if answer.number is None else format(answer.number.normalize(), "f"),
        "day": answer.day.isoformat() if answer.day else "",
        "text": answer.text,
    }
    return {name: value for name, value in parts.items() if value}
