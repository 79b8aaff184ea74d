"""Work behind the page: asked for once, taken by one worker at a time, taken up again where a worker was killed."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Person
from portal.celery import enqueue
from surveys.choices import JobKind, JobState
from surveys.models import Job, Survey

log = logging.getLogger("sawt.surveys")

# Whoever has not been heard of for so long was killed; all work ends well within it.
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
# Does the slow part of a claimed job, and gives back what writes it down and tells what is written into the job.
Write = Callable[[], dict[str, Any]]
Work = Callable[[Job], Write]


def ask(survey: Survey, kind: JobKind, *, by: Person | None, language: str = "") -> Job:
    """Ask for work; what waits already is given back. ``by`` is None for what the clock asks for."""
    same = Job.objects.filter(survey=survey, kind=kind, language=language)
    try:
        with transaction.atomic():
            job = Job.objects.create(survey=survey, kind=kind, language=language, asked_by=by)
            enqueue("surveys.work")
    except IntegrityError:
        return same.latest("pk")
    return job


@transaction.atomic
def claim(*, without: list[int]) -> Job | None:
    """Take the next job that waits, or whose worker was killed; None where there is none."""
    lost = Q(state=JobState.RUNNING, started_at__lt=timezone.now() - LEASE)
    Job.objects.filter(lost, attempts__gte=MOST_ATTEMPTS).update(state=JobState.FAILED, finished_at=timezone.now())
    due = Job.objects.filter(Q(state=JobState.QUEUED) | lost).exclude(pk__in=without).order_by("pk")
    job = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("survey").first()
    if job is not None:
        job.state, job.started_at, job.attempts = JobState.RUNNING, timezone.now(), job.attempts + 1
        job.save(update_fields=["state", "started_at", "attempts"])
    return job


def run(job: Job, work: Work) -> bool:
    """Do a claimed job and return whether it is done; what fails waits for another turn, or has failed after three.

    A worker that was taken for lost writes nothing any more.
    """
    try:
        write = work(job)
        with transaction.atomic():
            if not _still_mine(job).update(**write(), state=JobState.DONE, finished_at=timezone.now()):
                raise RuntimeError("another worker has taken it over")
    except Exception:
        log.exception("%s of survey %s failed (attempt %s)", job.kind, job.survey_id, job.attempts)
        is_last = job.attempts >= MOST_ATTEMPTS
        ended = {"state": JobState.FAILED, "finished_at": timezone.now()} if is_last else {"state": JobState.QUEUED}
        _still_mine(job).update(**ended)
        return False
    return True


def _still_mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, attempts=job.attempts, state=JobState.RUNNING)


def work_off(works: dict[str, Work]) -> None:
    """Do all that waits, each tried once in a turn."""
    tried: list[int] = []
    while job := claim(without=tried):
        tried.append(job.pk)
        run(job, works[job.kind])
