"""Results as PDF, in one of the portal's languages: asked for by staff, laid out behind the page, the last one kept."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.files.services import forget, store
from portal.insight.services.reports import make_pdf
from portal.text import localised
from surveys.choices import JobKind, JobState
from surveys.models import Job, Survey
from surveys.rules.access import may_see_in_admin
from surveys.rules.hiding import SMALLEST
from surveys.selectors.drawing import Words
from surveys.selectors.results import results_of
from surveys.selectors.texts import themes_by_question
from surveys.services import jobs
from surveys.services.refusals import SurveyRefused


@dataclass(frozen=True)
class ToldTheme:
    """A theme in print. ``count`` is None where it is withheld: no text is quoted that staff did not choose."""

    name: str
    terms: list[str]
    count: int | None


@dataclass(frozen=True)
class ToldThemes:
    """The themes of a question in a language."""

    question: Words
    language: str
    themes: list[ToldTheme]


def ask_for_pdf(survey: Survey, *, language: str, by: Person) -> Job:
    """Ask for the results as PDF in a language; raises ``SurveyRefused``."""
    if survey.is_template or not may_see_in_admin(by, survey):
        raise SurveyRefused([])
    job = jobs.ask(survey, JobKind.PDF, by=by, language=language)
    record("survey.pdf_asked_for", survey, by=by, data={"language": language})
    return job


def lay_out(job: Job) -> jobs.Write:
    """Lay out the results as they stand; what is given back keeps the file in the place of the last one."""
    content = make_pdf(results_html(job.survey, job.language), job.language)

    def write() -> dict[str, Any]:
        same = Job.objects.filter(survey=job.survey, kind=JobKind.PDF, language=job.language, file__isnull=False)
        for old in same.exclude(pk=job.pk).select_related("file").select_for_update(of=("self",)):
            stored, old.file = old.file, None
            old.save(update_fields=["file"])
            forget(stored)
        name = f"survey-{job.survey.code}-{timezone.localdate():%Y-%m-%d}-{job.language}.pdf"
        return {"file": store(content, name, content_type="application/pdf")}

    return write


def results_html(survey: Survey, language: str) -> str:
    """Return the results of a survey as the page of which the PDF is made."""
    with override(language):
        results = results_of(survey)
        ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
        told = {
            "survey": survey,
            "title": localised(survey, "title"),
            "results": results,
            "themes": _themes(survey, results.is_guarded) if not results.is_withheld else [],
            "body": localised(survey.organisation, "name")[0],
            "publisher": localised(ministry, "name")[0] if ministry else "",
            "language": language,
            "is_demo": settings.DEMO,
            "smallest": SMALLEST,
        }
        return render_to_string("surveys/results_pdf.html", told)


def _themes(survey: Survey, is_guarded: bool) -> list[ToldThemes]:
    done = survey.jobs.filter(kind=JobKind.THEMES, state=JobState.DONE).order_by("-pk").first()

    def shown(count: int) -> int | None:
        return count if count >= SMALLEST or not is_guarded else None

    return [
        ToldThemes(
            question=group.question,
            language=group.language,
            themes=[ToldTheme(theme.name, theme.terms, shown(theme.count)) for theme in group.themes],
        )
        for group in (themes_by_question(survey, done.told, examples=0) if done else [])
        if not group.is_few
    ]


def pdfs_of(survey: Survey) -> list[Job]:
    """Return the PDFs of a survey, the newest of each language, and what is being made."""
    found: dict[str, Job] = {}
    waiting = []
    for job in survey.jobs.filter(kind=JobKind.PDF).select_related("file").order_by("-pk")[:50]:
        if job.is_waiting:
            waiting.append(job)
        elif job.file_id or job.state == JobState.FAILED:
            found.setdefault(job.language, job)
    return [*waiting, *found.values()]
