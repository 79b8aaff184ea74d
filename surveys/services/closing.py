"""What the clock does: urns of surveys that have closed, and drafts that have grown old."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.celery import enqueue
from portal.urns import services as urns
from portal.urns.models import Urn
from surveys.choices import URN, Mode, State
from surveys.models import Draft, Survey
from surveys.rules.values import from_json
from surveys.services.drafts import forget_files

# Days for which unfinished answers wait to be gone on with.
DRAFT_DAYS = 30
SWEPT_AT_ONCE = 1000
_OVER = (State.CLOSED, State.RESULTS)


def tick() -> None:
    """Close the urns of anonymous surveys that are over, so that their last answers are mixed."""
    still_open = Urn.objects.filter(owner=URN, is_closed=False).values("code")
    for survey in Survey.objects.filter(mode=Mode.ANONYMOUS, code__in=still_open):
        if survey.state in _OVER and _close(survey):
            enqueue("urns.mix")


@transaction.atomic
def _close(survey: Survey) -> bool:
    # Under lock: whoever is handing in at this moment is in before it is closed.
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    if survey.state not in _OVER:
        return False
    urns.close(URN, survey.code)
    return True


def sweep() -> int:
    """Delete drafts that nobody goes on with, and those handed in before today; return how many."""
    today = timezone.localdate()
    old = Q(touched_on__lt=today - timedelta(days=DRAFT_DAYS)) | Q(is_done=True, touched_on__lt=today)
    swept = 0
    for draft in Draft.objects.filter(old)[:SWEPT_AT_ONCE]:
        with transaction.atomic():
            forget_files(answer.file for answer in from_json(draft.answers).values())
            draft.delete()
        swept += 1
    return swept
