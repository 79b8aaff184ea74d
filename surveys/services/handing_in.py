"""Handing in: once, within the quota, and where it is anonymous without a trace from the person to the answers."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.cache import bump
from portal.files.models import StoredFile
from portal.text import new_code
from portal.urns import services as urns
from surveys.choices import URN, Audience, SheetState, Status
from surveys.models import Answer, Draft, PageCount, Participation, Sheet, Survey, Version
from surveys.rules.access import why_not
from surveys.rules.checking import Problem, check_all
from surveys.rules.recording import rows_of, tallies_of
from surveys.rules.showing import first_unanswered
from surveys.rules.values import Answer as Given
from surveys.rules.values import from_json, to_json
from surveys.selectors.inviting import person_invited
from surveys.selectors.structure import questionnaire_in
from surveys.services.counting import HANDED_IN, Group, count_answers, count_page, this_week
from surveys.services.drafts import AnsweringRefused, Unfinished, forget_files, read
from surveys.services.sealing import spent_hash

# Of so many answers that staff enter one waits for a second look, chosen by chance.
SAMPLE = 10
# Minutes after which somebody is taken to have been away in between.
LONGEST_SITTING = 180


class NotWhole(Exception):
    """Something is missing or wrong: on the page of ``code``."""

    def __init__(self, code: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(code)
        self.code, self.problems = code, problems


@dataclass(frozen=True)
class Content:
    """A whole set of answers, as it is written down: nothing of it names a person or a moment."""

    version: int
    language: str
    channel: str
    week: date
    minutes: int | None
    dropped: int
    answers: dict[str, Given]
    organisation_kind: str = ""
    entered_by: int | None = None
    reference: str = ""

    def to_bytes(self) -> bytes:
        """Return it as an urn takes it."""
        plain = {**vars(self), "week": self.week.isoformat(), "answers": to_json(self.answers)}
        return json.dumps(plain, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Content":
        """Return what ``to_bytes`` wrote."""
        kept = json.loads(content)
        read = {"week": date.fromisoformat(kept["week"]), "answers": from_json(kept["answers"])}
        return cls(**{**kept, **read})


def hand_in(draft: Draft, key: str, *, user: Any, language: str) -> str:
    """Hand in what was answered; return the reference under which staff note it on the paper, empty for others.

    Whoever hands in may answer at this moment: a link that somebody else began gives nobody a right. Raises
    ``AnsweringRefused`` (see there; ``done`` where it is in already) and ``NotWhole``.
    """
    draft = Draft.objects.select_related("survey", "version").get(pk=draft.pk)
    if draft.is_done:
        raise AnsweringRefused("done")
    if draft.entered_by_id is None and (reason := why_not(user, draft.survey, is_invited=bool(draft.token_hash))):
        raise AnsweringRefused(reason)
    content = _content(draft, read(draft, key), user, language)
    if draft.survey.is_anonymous:
        _put_into_urn(draft, key, user, content)
        _finish(draft)
    else:
        _write_down(draft, content)
    return content.reference


def _content(draft: Draft, unfinished: Unfinished, user: Any, language: str) -> Content:
    questionnaire = questionnaire_in(draft.version)
    checked = check_all(questionnaire, unfinished.answers)
    if checked.problems:
        raise NotWhole(questionnaire.page_of[checked.problems[0].question].code, checked.problems)
    if page := first_unanswered(questionnaire, unfinished.answers, unfinished.whole):
        raise NotWhole(page.code)
    is_entered = draft.entered_by_id is not None
    return Content(
        version=draft.version_id,
        language=language,
        channel=draft.channel,
        week=this_week(),
        minutes=None if is_entered else _minutes(draft.survey, unfinished),
        dropped=checked.dropped,
        answers=checked.answers,
        organisation_kind="" if is_entered else _organisation_kind(draft.survey, user),
        entered_by=draft.entered_by_id,
        reference=new_code(6).upper() if is_entered else "",
    )


def _minutes(survey: Survey, unfinished: Unfinished) -> int | None:
    """Return how long it took. A pause of days would be found again in an anonymous answer, and says nothing."""
    told = unfinished.minutes
    return None if survey.is_anonymous and told is not None and told > LONGEST_SITTING else told


def _organisation_kind(survey: Survey, user: Any) -> str:
    if survey.audience != Audience.MEMBERS or not user.is_authenticated:
        return ""
    named = survey.members_of.values("pk")
    memberships = user.memberships.order_by("pk")
    if named.exists():
        memberships = memberships.filter(organisation__in=named)
    return memberships.values_list("organisation__kind", flat=True).first() or ""


@transaction.atomic
def _claim(survey: Survey) -> None:
    """Take one place, by the database's word: while it is open, and as long as there is one."""
    now = timezone.now()
    is_open = Q(closes_at=None) | Q(closes_at__gt=now)
    has_room = Q(quota=None) | Q(answer_count__lt=F("quota"))
    rows = Survey.objects.filter(is_open, has_room, pk=survey.pk, status=Status.LIVE, opens_at__lte=now)
    if not rows.update(answer_count=F("answer_count") + 1):
        raise AnsweringRefused("state")
    if survey.quota is not None and Survey.objects.filter(pk=survey.pk, answer_count__gte=F("quota")).exists():
        # It is full: visitors are told so from now on.
        bump()


def _participation(draft: Draft, user: Any, spent: str) -> Participation:
    """Return who takes part: an invitation, a person, or a link of which nothing is known but that it was used."""
    survey = draft.survey
    if draft.token_hash:
        # One answer each, whether by the invitation or by the account.
        owner = person_invited(survey, draft.token_hash) if survey.one_each else None
        return Participation(survey=survey, token_hash=draft.token_hash, person_id=owner)
    is_person = draft.entered_by_id is None and user.is_authenticated
    if is_person and (survey.one_each or not survey.is_anonymous):
        return Participation(survey=survey, person=user, is_only=survey.one_each)
    return Participation(survey=survey, token_hash=spent, is_only=False)


def _put_into_urn(draft: Draft, key: str, user: Any, content: Content) -> None:
    try:
        with transaction.atomic(durable=True):
            _claim(draft.survey)
            _participation(draft, user, spent_hash(key)).save(force_insert=True)
            urns.accept(URN, draft.survey.code, content.to_bytes())
    except IntegrityError:
        _finish(draft)
        raise AnsweringRefused("once") from None
    except urns.UrnClosed:
        raise AnsweringRefused("state") from None


def _finish(draft: Draft) -> None:
    """End an anonymous draft, in a step of its own: it knows no answers, invitation or day of beginning any more."""
    Draft.objects.filter(pk=draft.pk).update(is_done=True, sealed=None, token_hash="", began_on=F("touched_on"))


def _write_down(draft: Draft, content: Content) -> None:
    try:
        with transaction.atomic():
            locked = Draft.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)
            if locked.is_done:
                raise AnsweringRefused("done")
            _claim(draft.survey)
            participation = _participation(draft, draft.person, spent_hash(draft.key_hash))
            participation.save(force_insert=True)
            record_sheets(draft.survey, [content], participation=participation)
            _end(locked, content)
    except IntegrityError:
        raise AnsweringRefused("once") from None


def _end(draft: Draft, content: Content) -> None:
    kept = {answer.file for answer in content.answers.values()}
    forget_files({answer.file for answer in from_json(draft.answers).values()} - kept)
    draft.is_done, draft.answers = True, {}
    draft.save(update_fields=["is_done", "answers"])


def open_urn(code: str, contents: Sequence[bytes]) -> None:
    """Write down what the mixer took out of a survey's urn."""
    survey = Survey.objects.get(code=code)
    record_sheets(survey, [Content.from_bytes(content) for content in contents])
    # Rewritten together: PostgreSQL's marks would tell who saved a page last in which language.
    PageCount.objects.filter(survey=survey).update(count=F("count"))


def record_sheets(
    survey: Survey, contents: Iterable[Content], *, participation: Participation | None = None
) -> list[Sheet]:
    """Write sheets, answers and counters, in the caller's transaction."""
    versions = {version.pk: version for version in survey.versions.all()}
    sheets, answers, counted = [], [], []
    for content in contents:
        version = versions[content.version]
        questionnaire = questionnaire_in(version)
        sheet = _sheet(survey, version, content, participation)
        sheets.append(sheet)
        answers += _answers(sheet, version, content)
        group = group_for(sheet)
        counted += [(group, tally) for tally in tallies_of(questionnaire, content.answers)]
    Sheet.objects.bulk_create(sheets)
    Answer.objects.bulk_create(answers, batch_size=2000)
    count_answers(counted)
    for sheet in sorted(sheets, key=group_for):
        count_page(group_for(sheet), HANDED_IN)
    return sheets


def _sheet(survey: Survey, version: Version, content: Content, participation: Participation | None) -> Sheet:
    is_looked_for = content.entered_by is not None and secrets.randbelow(SAMPLE) == 0
    return Sheet(
        survey=survey,
        number=version.number,
        language=content.language,
        channel=content.channel,
        week=content.week,
        consent_number=version.consent_number if questionnaire_in(version).consent else 0,
        is_anonymous=survey.is_anonymous,
        participation=participation,
        submitted_at=None if survey.is_anonymous else timezone.now(),
        minutes=content.minutes,
        dropped=content.dropped,
        organisation_kind=content.organisation_kind,
        state=SheetState.LOOKED_FOR if is_looked_for else SheetState.COUNTED,
        entered_by_id=content.entered_by,
        reference=content.reference,
    )


def _answers(sheet: Sheet, version: Version, content: Content) -> list[Answer]:
    rows = rows_of(questionnaire_in(version), content.answers)
    files = dict(StoredFile.objects.filter(code__in=[row.file for row in rows if row.file]).values_list("code", "pk"))
    return [
        Answer(
            sheet=sheet,
            question=row.question,
            row=row.row,
            option=row.option,
            number=row.number,
            day=row.day,
            text=row.text,
            file_id=files.get(row.file),
        )
        for row in rows
    ]


def group_for(sheet: Sheet) -> Group:
    """Return by what a sheet's answers are counted."""
    where = (sheet.survey_id, sheet.number, sheet.language, sheet.channel, sheet.week)
    return Group(*where, organisation_kind=sheet.organisation_kind)
