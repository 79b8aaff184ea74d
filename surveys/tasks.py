"""Work of surveys in the background; each task can run twice without harm."""

from celery import shared_task
from django.utils import timezone

from surveys.choices import JobKind
from surveys.services import closing, erasure, inviting, jobs, kept_results, reporting, rounds, theming


@shared_task(name="surveys.tick")
def tick() -> None:
    """Let the last answers of surveys that have closed be mixed, and invitations be drawn up."""
    closing.tick()
    inviting.draw_waiting()


@shared_task(name="surveys.draw")
def draw(pk: int) -> None:
    """Draw up one sending of invitations."""
    inviting.draw(pk)


@shared_task(name="surveys.sweep")
def sweep() -> None:
    """Delete old drafts, and forget who was invited long ago."""
    closing.sweep()
    erasure.forget_old_invitees(timezone.now())


@shared_task(name="surveys.work")
def work() -> None:
    """Do what was asked for: look for themes, lay out results. The beat asks too, for what a killed worker left."""
    jobs.work_off({JobKind.THEMES: theming.look, JobKind.PDF: reporting.lay_out})


@shared_task(name="surveys.find_due_themes")
def find_due_themes() -> None:
    """Ask for themes of surveys that are over, where texts came in since."""
    theming.ask_where_due()


@shared_task(name="surveys.rounds")
def make_rounds() -> None:
    """Make rounds of series that are due."""
    rounds.tick()


@shared_task(name="surveys.refresh_results")
def refresh_results(survey: int, number: int | None, filters: str, audience: str, language: str) -> None:
    """Make results anew that are kept ready."""
    kept_results.refresh(survey, number, filters, audience, language)
