"""Who may do what with a consultation, and what is missing before it may be published or concluded."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.consultations.choices import State, Status
from engagement.consultations.models import Consultation
from portal.accounts.choices import Role
from portal.accounts.rules import holds

FIRST_YEAR, LAST_YEAR = 2000, 2100
IMPOSSIBLE_DATE = _("Choose a date between the years 2000 and 2100.")
_LANGUAGES = [code for code, _name in settings.LANGUAGES]


def may_edit(user: Any, consultation: Consultation) -> bool:
    """Editors of the body may, until it is concluded or withdrawn."""
    unfinished = consultation.status in (Status.DRAFT, Status.PUBLISHED)
    return unfinished and holds(user, Role.EDITOR, organisation=consultation.organisation)


def missing_languages(consultation: Any, field: str) -> list[str]:
    """Return the codes of the languages in which this field is still empty."""
    return [code for code in _LANGUAGES if not getattr(consultation, f"{field}_{code.replace('-', '_')}")]


def is_possible_date(moment: datetime | None) -> bool:
    """True for none, and within the years that calendars, time zones and lists of dates can be worked out for."""
    return moment is None or FIRST_YEAR <= moment.year <= LAST_YEAR


def is_short(consultation: Consultation) -> bool:
    """True when people have less than the days promised: from the opening, or from its publication if that is later."""
    from_when = max(consultation.opens_at, consultation.published_at or timezone.now())
    return consultation.closes_at - from_when < timedelta(days=settings.CONSULTATION_MINIMUM_DAYS)


def before_publishing(consultation: Consultation) -> list[Promise]:
    """Return what is missing before everybody may read it; empty when nothing is."""
    problems = text_problems(consultation)
    if consultation.opens_at is None or consultation.closes_at is None:
        return [*problems, _("Set when it opens and when it closes.")]
    if consultation.closes_at <= timezone.now():
        return [*problems, _("The closing time has passed: choose a later one.")]
    return problems + period_problems(consultation)


def text_problems(consultation: Consultation) -> list[Promise]:
    """Return which texts of it, its draft, its question and its documents are not in the three languages."""
    problems = [message for field, message in _NEEDED if missing_languages(consultation, field)]
    if any(missing_languages(section, field) for section in consultation.sections.all() for field in ("title", "body")):
        problems.append(_("Write every section of the draft in the three languages."))
    if consultation.poll_id and missing_languages(consultation.poll, "question"):
        problems.append(_("Write the vote question in the three languages."))
    if any(missing_languages(document, "title") for document in consultation.documents.all()):
        problems.append(_("Write the title of every document in the three languages."))
    return problems


def period_problems(consultation: Consultation) -> list[Promise]:
    """Return that the period is short and no reason is published, if so."""
    if is_short(consultation) and missing_languages(consultation, "short_period_reason"):
        return [_("It is open for less than 15 days: write the reason in the three languages, or let it run longer.")]
    return []


def needed_while_public(consultation: Consultation) -> list[Promise]:
    """Return what a consultation that everybody reads would lose by this change; drafts may lack anything."""
    if consultation.status != Status.PUBLISHED:
        return []
    problems = [message for field, message in _NEEDED if missing_languages(consultation, field)]
    dated = consultation.opens_at is not None and consultation.closes_at is not None
    return problems + (period_problems(consultation) if dated else [])


def date_problems(stored: Consultation, *, opens_at: datetime | None, closes_at: datetime | None) -> list[Promise]:
    """Return why the dates of a published consultation may not become these.

    The opening stands once it has opened. The close only moves later, and only while it has not passed: nobody who
    counted on a date finds it gone.
    """
    if stored.status != Status.PUBLISHED:
        return []
    if opens_at is None or closes_at is None:
        return [_("Set when it opens and when it closes.")]
    now = timezone.now()
    problems: list[Promise] = []
    if opens_at != stored.opens_at and stored.opens_at <= now:
        problems.append(_("It has opened: the opening time can no longer be changed."))
    if closes_at != stored.closes_at and (stored.closes_at <= now or closes_at < stored.closes_at):
        problems.append(_("The closing time can only be moved later, and only while it has not passed."))
    return problems


def before_concluding(consultation: Consultation) -> list[Promise]:
    """Return what is missing before it may be concluded: it has closed, and summary and response are written."""
    problems: list[Promise] = []
    if consultation.state != State.ANALYSING:
        problems.append(_("Only a consultation that has closed can be concluded."))
    if missing_languages(consultation, "outcome_summary"):
        problems.append(_("Write what people said in the three languages."))
    if missing_languages(consultation, "response"):
        problems.append(_("Write the response in the three languages."))
    return problems


def before_withdrawing(consultation: Consultation) -> list[Promise]:
    """Return what is missing before it may be withdrawn: the reason, which everybody reads."""
    if missing_languages(consultation, "withdrawal_reason"):
        return [_("Write the reason for the withdrawal in the three languages.")]
    return []


_NEEDED = [
    ("title", _("Write the title in the three languages.")),
    ("summary", _("Write the summary in the three languages.")),
    ("body", _("Write the text in the three languages.")),
]
