"""The templates with which every installation begins."""

from typing import Any

from django.db import transaction

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation
from portal.audit.services import record
from surveys import content
from surveys.models import Condition, Option, Page, Question, Row, Survey
from surveys.services.building import search_text


def load_templates() -> None:
    """Create the templates that are missing; what exists is left as it is."""
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    if ministry is None:
        return
    known = set(Survey.objects.templates().exclude(starter="").values_list("starter", flat=True))
    for row in content.templates():
        if row["code"] not in known:
            create(row, ministry, is_template=True)


@transaction.atomic
def create(row: dict[str, Any], body: Organisation, *, is_template: bool = False) -> Survey:
    """Create what a file says, as a template or as a draft of a body."""
    texts = _texts(row, "title", "summary", "intro", "consent", "thanks")
    settings = {name: row[name] for name in ("audience", "mode", "one_each") if name in row}
    survey = Survey(organisation=body, is_template=is_template, starter=row["code"], **texts, **settings)
    survey.search_text = search_text(survey)
    survey.save()
    for position, page in enumerate(row["pages"]):
        _load_page(page, survey, position)
    record("survey.created", survey, by=None)
    return survey


def _load_page(row: dict[str, Any], survey: Survey, position: int) -> None:
    page = Page.objects.create(survey=survey, code=row["code"], position=position, **_texts(row, "title", "text"))
    _load_conditions(row, page=page)
    for place, question in enumerate(row["questions"]):
        _load_question(question, page, place)


def _load_question(row: dict[str, Any], page: Page, position: int) -> None:
    limits = {name: row[name] for name in ("scale", "minimum", "maximum", "decimals", "is_random") if name in row}
    question = Question.objects.create(
        survey=page.survey,
        page=page,
        code=row["code"],
        kind=row["kind"],
        position=position,
        is_required=row.get("required", False),
        **_texts(row, "title", "help"),
        **limits,
    )
    for place, option in enumerate(row.get("options", ())):
        flags = {"is_other": option.get("other", False), "is_exclusive": option.get("exclusive", False)}
        _load_part(Option, option, question, place, **flags)
    for place, line in enumerate(row.get("rows", ())):
        _load_part(Row, line, question, place)
    _load_conditions(row, question=question)


def _load_part(model: type, row: dict[str, Any], question: Question, position: int, **flags: bool) -> None:
    # “Other” and “none of these” stay last in a random order.
    words = content.columns("label", row)
    anchored = any(flags.values())
    model.objects.create(question=question, code=row["code"], position=position, is_anchored=anchored, **words, **flags)


def _load_conditions(row: dict[str, Any], **owner: Any) -> None:
    for alternative, conditions in enumerate(row.get("show_if", ()), start=1):
        for condition in conditions:
            Condition.objects.create(alternative=alternative, **condition, **owner)


def _texts(row: dict[str, Any], *fields: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields:
        found |= content.columns(field, row.get(field, {}))
    return found
