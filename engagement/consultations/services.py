"""Writing consultations: every change of status is checked, recorded and told to thread, poll and deadline."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from engagement.comments.models import Thread
from engagement.consultations.choices import TRANSITIONS, Status
from engagement.consultations.models import Consultation, Document, Section, StatusChange, TextVersion
from engagement.consultations.rules import (
    IMPOSSIBLE_DATE,
    before_concluding,
    before_publishing,
    before_withdrawing,
    date_problems,
    is_possible_date,
    may_edit,
    needed_while_public,
)
from engagement.consultations.selectors.notices import closing_soon, opened_lately
from engagement.consultations.translation import ConsultationTranslation, SectionTranslation
from engagement.polls.choices import Stance
from engagement.polls.models import Poll
from engagement.polls.services import create_poll, reword_poll, set_period
from portal.accounts.models import Person
from portal.audit import services as audit
from portal.audit.services import record
from portal.cache import bump
from portal.calendars.choices import Level
from portal.calendars.services import drop, meet, promise, restart
from portal.files.models import StoredFile
from portal.files.services import PDF, store
from portal.languages import MEANING, Revision, revise
from portal.notifications.services import happened
from portal.pages.models import Topic
from portal.text import fold

_SEARCHED = ("title", "summary", "body", "audience")


class ChangeRefused(Exception):
    """The change cannot be made; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: list[Promise | str]) -> None:
        super().__init__([str(problem) for problem in problems])
        self.problems = problems


@transaction.atomic
def save_consultation(consultation: Consultation, *, by: Person, revision: Revision = MEANING) -> Consultation:
    """Save what an editor wrote; its thread, poll and sections follow its dates.

    Raises ``ChangeRefused`` for those who may not, for impossible dates, for dates that a published one no longer may
    change (the opening once it has opened, and any close that is not later than now or that shortens the time
    promised), and for a published one that would lose a language or fall under the 15 days without a reason.
    """
    if not may_edit(by, consultation):
        raise ChangeRefused([gettext("You cannot change this consultation.")])
    if not (is_possible_date(consultation.opens_at) and is_possible_date(consultation.closes_at)):
        raise ChangeRefused([IMPOSSIBLE_DATE])
    _check_dates(consultation)
    if needed_while_public(consultation):
        raise ChangeRefused(needed_while_public(consultation))
    if consultation.thread_id is None:
        consultation.thread = Thread.objects.create(organisation=consultation.organisation)
    consultation.updated_at, before = timezone.now(), audit.stored(consultation)
    revise(consultation, before, revision)
    consultation.save()
    _follow(consultation)
    promised = consultation.response_deadline
    wanted = (consultation.closes_at, consultation.organisation_id)
    if promised and (promised.started_at, promised.organisation_id) != wanted:
        restart(promised, start=consultation.closes_at, body=consultation.organisation)
    facts = {"closes_at": _iso(consultation.closes_at), **revision.facts}
    record("consultation.saved", consultation, by=by, data=facts, before=before)
    keep_version(consultation, by=by)
    return consultation


@transaction.atomic
def save_section(section: Section, *, by: Person, revision: Revision = MEANING) -> Section:
    """Save an article of the draft; a new one gets a thread of its own."""
    if section.thread_id is None:
        section.thread = Thread.objects.create(organisation=section.consultation.organisation)
    before = audit.stored(section)
    revise(section, before, revision)
    section.save()
    _follow(section.consultation)
    facts = {"consultation": section.consultation.code, "number": section.number, **revision.facts}
    record("section.saved", section, by=by, data=facts, before=before)
    keep_version(section.consultation, by=by)
    return section


def keep_version(consultation: Consultation, *, by: Person, at: datetime | None = None) -> TextVersion | None:
    """Keep what a public consultation says as its next version; None for a draft, and where nothing changed.

    ``at`` is now, unless what is written down happened earlier.
    """
    if consultation.status == Status.DRAFT:
        return None
    texts: dict[str, Any] = _said(consultation, ConsultationTranslation.fields)
    texts["sections"] = [
        {"number": section.number} | _said(section, SectionTranslation.fields)
        for section in Section.objects.filter(consultation=consultation).order_by("number")
    ]
    last = consultation.text_versions.order_by("number").last()
    if last is not None and last.texts == texts:
        return None
    number = last.number + 1 if last else 1
    changed = sorted(name for name in texts if last and last.texts.get(name) != texts[name])
    version = TextVersion.objects.create(
        consultation=consultation,
        number=number,
        texts=texts,
        saved_at=at or timezone.now(),
        saved_by_id=getattr(by, "pk", None),
    )
    record("consultation.version_kept", consultation, by=by, data={"version": number, "changed": changed})
    return version


@transaction.atomic
def save_document(
    document: Document, *, stored: StoredFile | None, by: Person, revision: Revision = MEANING
) -> Document:
    """Save a document; a new file takes the place of the one before, which is kept.

    A file made of the text goes when the text changes, so that page and file never say different things: the next
    turn of ``consultations.lay_out_documents`` makes it anew.
    """
    if stored is not None:
        document.file, document.made_of, document.language = stored, "", ""
    elif document.made_of and document.made_of != text_digest(document):
        document.file, document.made_of, document.language = None, "", ""
    before = audit.stored(document)
    revise(document, before, revision)
    document.save()
    facts = {"consultation": document.consultation.code, **revision.facts}
    record("document.saved", document, by=by, data=facts, before=before)
    return document


def keep_made_file(document: Document, content: bytes, *, title: str, language: str) -> None:
    """Keep the PDF that was made of the document's text beside its page."""
    document.file = store(content, f"{title}.pdf", content_type=PDF)
    document.made_of, document.language = text_digest(document), language
    document.save(update_fields=["file", "made_of", "language"])
    bump()


def text_digest(document: Document) -> str:
    """Return what the document says, in one short value that changes with it."""
    said = "\0".join(_texts(document, field) for field in ("title", "body"))
    return hashlib.sha256(said.encode()).hexdigest()


@transaction.atomic
def ask_question(consultation: Consultation, *, question: dict[str, str], results: str, by: Person) -> Poll:
    """Put one vote question to a consultation (support, neutral, oppose), or reword it before it opens."""
    if consultation.poll_id is None:
        consultation.poll = create_poll(
            organisation=consultation.organisation, question=question, labels=stance_labels(), results=results
        )
        consultation.save(update_fields=["poll"])
    elif consultation.poll.has_begun:
        raise ChangeRefused([gettext("The vote has begun: its question can no longer be changed.")])
    else:
        reword_poll(consultation.poll, question=question, results=results)
    _follow(consultation)
    record("consultation.question_set", consultation, by=by)
    return consultation.poll


@transaction.atomic
def set_topics(consultation: Consultation, topics: Iterable[Topic], *, by: Person) -> None:
    """Say what it is about; the trail keeps the names of the topics before and after."""
    before, after = set(consultation.topics.all()), set(topics)
    if before == after:
        return
    consultation.topics.set(after)
    names = [", ".join(sorted(topic.code for topic in told)) for told in (before, after)]
    record("consultation.topics_set", consultation, by=by, data={"changes": {"topics": names}})


@transaction.atomic
def publish(consultation: Consultation, *, by: Person) -> None:
    """Let everybody read it; from here on its state follows from the dates, and the response has a deadline."""
    consultation = _locked(consultation)
    _refuse_unless(consultation, Status.PUBLISHED, before_publishing(consultation), by)
    consultation.published_at = timezone.now()
    consultation.response_deadline = promise(
        Level.CONSULTATION_RESPONSE, body=consultation.organisation, start=consultation.closes_at
    )
    _change_status(consultation, Status.PUBLISHED, by=by)
    _happened("published", consultation)


@transaction.atomic
def conclude(consultation: Consultation, *, by: Person) -> None:
    """Publish what people said and the response, dated now; there is no way back."""
    consultation = _locked(consultation)
    _refuse_unless(consultation, Status.CONCLUDED, before_concluding(consultation), by)
    consultation.responded_at = timezone.now()
    meet(consultation.response_deadline, at=consultation.responded_at)
    _change_status(consultation, Status.CONCLUDED, by=by)
    _happened("concluded", consultation)


@transaction.atomic
def withdraw(consultation: Consultation, *, by: Person) -> None:
    """End it without a response, with a published reason; comments and votes so far stay readable."""
    consultation = _locked(consultation)
    _refuse_unless(consultation, Status.WITHDRAWN, before_withdrawing(consultation), by)
    consultation.withdrawn_at = timezone.now()
    drop(consultation.response_deadline, at=consultation.withdrawn_at)
    _change_status(consultation, Status.WITHDRAWN, by=by)
    _happened("withdrawn", consultation)


def tell_of_dates(moment: datetime | None = None) -> None:
    """Tell followers what has opened by its date, and what closes soon: once for each date, however often asked."""
    moment = moment or timezone.now()
    for consultation in opened_lately(moment):
        _happened("opened", consultation, at=moment)
    for consultation in closing_soon(moment):
        _happened("closing", consultation, f"-{consultation.closes_at:%Y%m%d%H%M}", at=moment)


def _happened(what: str, consultation: Consultation, again: str = "", *, at: datetime | None = None) -> None:
    once = f"consultation-{what}-{consultation.code}{again}"
    happened(f"consultation.{what}", kind="consultation", key=consultation.code, once=once, at=at)


def moves_from(consultation: Consultation) -> list[Status]:
    """Return the statuses to which it may be moved from where it stands now."""
    offered = TRANSITIONS[Status(consultation.status)]
    return [status for status in Status if status in offered]


def stance_labels() -> dict[str, dict[str, str]]:
    """Return the words of support, neutral and oppose in every language, from the catalogues."""
    labels: dict[str, dict[str, str]] = {stance.value: {} for stance in Stance}
    for code, _name in settings.LANGUAGES:
        with override(code):
            for stance in Stance:
                labels[stance.value][code] = str(stance.label)
    return labels


def refresh_search_text(consultation: Consultation) -> None:
    """Write the folded text by which lists find it, in all three languages."""
    parts = [_texts(consultation, field) for field in _SEARCHED]
    parts += [_texts(section, field) for section in consultation.sections.all() for field in ("title", "body")]
    consultation.search_text = fold("\n".join(parts))
    consultation.save(update_fields=["search_text"])


def _locked(consultation: Consultation) -> Consultation:
    related = ("organisation", "thread", "poll", "response_deadline")
    return (
        Consultation.objects.select_for_update(no_key=True, of=("self",))
        .select_related(*related)
        .get(pk=consultation.pk)
    )


def _refuse_unless(consultation: Consultation, status: Status, problems: list[Promise], by: Person) -> None:
    if status not in TRANSITIONS[Status(consultation.status)] or not may_edit(by, consultation):
        raise ChangeRefused([gettext("You cannot change this consultation.")])
    if problems:
        raise ChangeRefused(problems)


def _change_status(consultation: Consultation, status: Status, *, by: Person) -> None:
    consultation.status, consultation.updated_at = status, timezone.now()
    consultation.save()
    StatusChange.objects.create(consultation=consultation, status=status, by_id=by.pk, at=consultation.updated_at)
    _follow(consultation)
    record(f"consultation.{status}", consultation, by=by)
    keep_version(consultation, by=by)


def _check_dates(consultation: Consultation) -> None:
    if consultation.pk is None:
        return
    stored = Consultation.objects.select_for_update(no_key=True, of=("self",)).get(pk=consultation.pk)
    problems = date_problems(stored, opens_at=consultation.opens_at, closes_at=consultation.closes_at)
    if problems:
        raise ChangeRefused(problems)


def _follow(consultation: Consultation) -> None:
    """Let thread, sections and poll open and close with the consultation."""
    is_public = consultation.status != Status.DRAFT
    closes_at = consultation.closes_at
    if consultation.withdrawn_at and consultation.withdrawn_at < closes_at:
        closes_at = consultation.withdrawn_at
    threads = Thread.objects.filter(consultation=consultation) | Thread.objects.filter(
        section__consultation=consultation
    )
    Thread.objects.filter(pk__in=threads.values("pk")).update(
        is_public=is_public,
        opens_at=consultation.opens_at,
        closes_at=closes_at,
        organisation=consultation.organisation,
    )
    if consultation.poll_id:
        consultation.poll.organisation = consultation.organisation
        set_period(consultation.poll, opens_at=consultation.opens_at, closes_at=closes_at, is_public=is_public)
    refresh_search_text(consultation)


def _said(obj: Any, fields: Iterable[str]) -> dict[str, str]:
    names = [f"{field}_{code.replace('-', '_')}" for field in fields for code, _name in settings.LANGUAGES]
    return {name: getattr(obj, name) or "" for name in names}


def _texts(obj: Any, field: str) -> str:
    codes = [code.replace("-", "_") for code, _name in settings.LANGUAGES]
    return "\n".join(getattr(obj, f"{field}_{code}") or "" for code in codes)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@transaction.atomic
def remove_section(section: Section, *, by: Person) -> None:
    """Take an article out of a draft, and its empty thread with it.

    Raises ``ChangeRefused`` for those who may not, from publication on, and where somebody has commented.
    """
    consultation = _locked_draft(section.consultation, by=by)
    thread = Thread.objects.select_for_update().get(pk=section.thread_id)
    if thread.comments.exists():
        raise ChangeRefused([gettext("People have commented on this section: it can no longer be removed.")])
    record("section.removed", section, by=by, data={"consultation": consultation.code, "number": section.number})
    section.delete()
    thread.delete()
    refresh_search_text(consultation)


@transaction.atomic
def remove_document(document: Document, *, by: Person) -> None:
    """Take a document out of a draft; its file is kept, as one that was replaced is.

    Raises ``ChangeRefused`` for those who may not, and from publication on.
    """
    consultation = _locked_draft(document.consultation, by=by)
    record("document.removed", document, by=by, data={"consultation": consultation.code})
    document.delete()


def _locked_draft(consultation: Consultation, *, by: Person) -> Consultation:
    consultation = _locked(consultation)
    if consultation.status != Status.DRAFT or not may_edit(by, consultation):
        raise ChangeRefused([gettext("Sections and documents can be removed from drafts only.")])
    return consultation
