"""Those who began and left in the demonstration: counted by page, and while it is open with what they had answered."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.accounts.models import Person
from surveys.choices import ENTERED, State
from surveys.management.demo_drawing import Respondent
from surveys.management.demo_plan import Planned
from surveys.models import Draft, Survey
from surveys.rules.shapes import Questionnaire
from surveys.rules.values import Answer, to_json
from surveys.services.closing import DRAFT_DAYS
from surveys.services.counting import BEGUN, Group, count_pages, monday_of
from surveys.services.sealing import hash_of, new_key, seal

# The share of those who leave that saves the next page first.
KEPT_ON = 0.55


@dataclass
class Spare:
    """Accounts and invitations of those who have not answered."""

    people: list[Person]
    tokens: list[str]


def leave(
    survey: Survey,
    questionnaire: Questionnaire,
    planned: Planned,
    people: Sequence[Respondent],
    *,
    spare: Spare,
    until: datetime,
    draw: random.Random,
) -> None:
    """Count those who left, as many as planned; each is like somebody who went on to the end."""
    pages: Counter[tuple[Group, str]] = Counter()
    drafts = []
    codes = [page.code for page in questionnaire.pages]
    is_open = survey.state in (State.OPEN, State.PAUSED)
    for one in draw.choices([one for one in people if one.channel not in ENTERED], k=planned.left):
        saved: list[str] = []
        while len(saved) < len(codes) - 1 and draw.random() < KEPT_ON:
            saved.append(codes[len(saved)])
        group = Group(survey.pk, 1, one.language, one.channel, monday_of(timezone.localdate(one.at)))
        pages.update((group, code) for code in (BEGUN, *saved))
        if is_open and until - one.at < timedelta(days=DRAFT_DAYS):
            drafts.append(_draft(survey, questionnaire, one, saved, spare))
    count_pages(pages)
    Draft.objects.bulk_create(drafts)


def _draft(survey: Survey, questionnaire: Questionnaire, one: Respondent, saved: list[str], spare: Spare) -> Draft:
    """Return what was kept of it, found by the account, or by a link that nobody has."""
    key, day = new_key(), timezone.localdate(one.at)
    codes = [page.code for page in questionnaire.pages]
    given = {code: given for code, given in one.answers.items() if questionnaire.page_of[code].code in saved}
    draft = Draft(
        survey=survey,
        version=survey.version,
        key_hash=hash_of(key),
        person=spare.people.pop() if spare.people else None,
        token_hash=spare.tokens.pop() if spare.tokens else "",
        channel=one.channel,
        began_on=day,
        touched_on=day,
    )
    _fill(draft, key, given, saved, codes[len(saved)], one)
    return draft


def _fill(draft: Draft, key: str, given: dict[str, Answer], saved: list[str], place: str, one: Respondent) -> None:
    began = one.at.replace(second=0, microsecond=0)
    kept = {"answers": to_json(given), "saved": saved, "place": place}
    if draft.survey.is_anonymous:
        draft.sealed = seal({**kept, "began": began.isoformat()}, key)
    else:
        draft.answers, draft.saved, draft.place, draft.began_at = *kept.values(), began
