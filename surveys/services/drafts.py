"""Beginning to answer, and going on with it: one row for each answering."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Person
from portal.files.models import StoredFile
from portal.files.services import forget
from surveys.choices import Channel, State
from surveys.models import Draft, Participation, Survey
from surveys.rules.access import why_not
from surveys.rules.values import Answer, from_json, to_json
from surveys.selectors.inviting import person_invited
from surveys.selectors.structure import questionnaire_in
from surveys.services.counting import BEGUN, Group, count_page, this_week
from surveys.services.sealing import hash_of, new_key, seal, unseal

# Among the answers of a draft with a name: what is no answer yet.
TYPED = "=typed"


class AnsweringRefused(Exception):
    """``reason``: one of ``rules.access.why_not``, ``consent``, ``once`` (answered already), or ``done``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Unfinished:
    """What somebody has answered so far; ``saved`` names the pages that are, ``place`` the one they are on.

    ``typed`` has by page what was typed and is no answer yet: the inputs of a form that was left before it was mended.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    place: str = ""
    began: str = ""
    typed: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @property
    def whole(self) -> list[str]:
        """The pages that were saved and have nothing left to mend."""
        return [code for code in self.saved if code not in self.typed]

    @property
    def minutes(self) -> int | None:
        """Whole minutes since it was begun."""
        began = datetime.fromisoformat(self.began) if self.began else None
        return max(0, int((timezone.now() - began).total_seconds() // 60)) if began else None


@dataclass(frozen=True)
class Begun:
    """A draft, and the secret of its link; empty where it is found by the account."""

    draft: Draft
    key: str = ""


@transaction.atomic
def begin(
    survey: Survey,
    *,
    user: Any,
    language: str,
    has_consented: bool = True,
    token_hash: str = "",
    channel: Channel = Channel.WEB,
    entered_by: Person | None = None,
) -> Begun:
    """Begin to answer what is asked now, or go on where the account has begun already.

    ``token_hash`` is that of an invitation that was found valid; ``entered_by`` the member of staff who writes down
    what somebody else answered. Raises ``AnsweringRefused``.
    """
    # Under lock: which version is asked is not decided anew between here and the draft's row.
    survey = Survey.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=survey.pk)
    _refuse(survey, user, token_hash, entered_by)
    consent = questionnaire_in(survey.version).consent if survey.version else {}
    if consent and not has_consented:
        raise AnsweringRefused("consent")
    by_account = not survey.is_anonymous and not token_hash and entered_by is None
    if by_account and (found := of_person(survey, user)):
        return Begun(found)
    key = new_key()
    draft = Draft(
        survey=survey,
        version=survey.version,
        key_hash=hash_of(key),
        person=user if by_account else None,
        token_hash=token_hash,
        channel=channel,
        entered_by=entered_by,
    )
    write(draft, key, Unfinished(began=timezone.now().replace(second=0, microsecond=0).isoformat()))
    count_page(group_of(draft, language), BEGUN)
    return Begun(draft, "" if by_account else key)


def _refuse(survey: Survey, user: Any, token_hash: str, entered_by: Person | None) -> None:
    if entered_by is not None:
        if survey.state != State.OPEN:
            raise AnsweringRefused("state")
        return
    if reason := why_not(user, survey, is_invited=bool(token_hash)):
        raise AnsweringRefused(reason)
    if has_answered(survey, user, token_hash):
        raise AnsweringRefused("once")


def has_answered(survey: Survey, user: Any, token_hash: str = "") -> bool:
    """Tell whether this person, or this invitation, has answered where one answer each is taken."""
    if token_hash:
        owner = person_invited(survey, token_hash) if survey.one_each else None
        by_account = Q(person=owner, is_only=True) if owner else Q(pk=None)
        return Participation.objects.filter(by_account | Q(token_hash=token_hash), survey=survey).exists()
    if not survey.one_each or not user.is_authenticated:
        return False
    return Participation.objects.filter(survey=survey, person=user, is_only=True).exists()


def of_person(survey: Survey, user: Any) -> Draft | None:
    """Return what this account has begun."""
    if not user.is_authenticated:
        return None
    found = Draft.objects.unfinished().filter(survey=survey, person=user, entered_by=None)
    return found.select_related("version").first()


def find(survey_code: str, key: str) -> Draft | None:
    """Return the draft of a secret link, its survey and version with it; None for a link that opens nothing."""
    found = Draft.objects.filter(key_hash=hash_of(key), survey__code=survey_code, person=None)
    return found.select_related("survey", "version").first()


def read(draft: Draft, key: str) -> Unfinished:
    """Return what was answered so far."""
    if draft.sealed is None:
        kept = {"answers": draft.answers, "saved": draft.saved, "place": draft.place}
        kept["typed"] = draft.answers.get(TYPED, {})
        return _unfinished(kept | {"began": draft.began_at.isoformat() if draft.began_at else ""})
    return _unfinished(unseal(bytes(draft.sealed), key) or {})


def _unfinished(kept: dict[str, Any]) -> Unfinished:
    answers = from_json(kept.get("answers", {}))
    told = (list(kept.get("saved", ())), kept.get("place", ""), kept.get("began", ""), dict(kept.get("typed", {})))
    return Unfinished(answers, *told)


def write(draft: Draft, key: str, unfinished: Unfinished) -> None:
    """Keep what was answered so far: sealed where nobody may know whose it is."""
    answers = to_json(unfinished.answers)
    draft.touched_on = timezone.localdate()
    if draft.survey.is_anonymous:
        draft.sealed = seal({**vars(unfinished), "answers": answers}, key)
    else:
        answers |= {TYPED: unfinished.typed} if unfinished.typed else {}
        draft.answers, draft.saved, draft.place = answers, unfinished.saved, unfinished.place
        draft.began_at = datetime.fromisoformat(unfinished.began) if unfinished.began else None
    if draft.pk is None:
        draft.save(force_insert=True)
    else:
        draft.save(update_fields=["sealed", "answers", "saved", "place", "touched_on"])


def group_of(draft: Draft, language: str, organisation_kind: str = "") -> Group:
    """Return by what the answers of a draft are counted."""
    version = draft.version
    return Group(draft.survey_id, version.number, language, draft.channel, this_week(), organisation_kind)


def forget_files(codes: Iterable[str]) -> None:
    """Delete files that no answer names any more."""
    for stored in StoredFile.objects.filter(code__in=[code for code in codes if code]):
        forget(stored)
