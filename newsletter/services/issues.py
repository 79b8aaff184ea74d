"""The issue of a week: made ahead, written, approved by a second person, frozen, sent, or missed."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from newsletter.choices import WRITING_STATES, BlockKind, IssueState
from newsletter.emails import tell_returned, tell_to_approve, tell_unapproved
from newsletter.models import Block, EditionPage, Issue, Subscription
from newsletter.rules import may_approve, may_edit, may_move, monday_of, next_start, week_of
from newsletter.selectors.checks import findings
from newsletter.selectors.rendering import Edition, editions_of
from newsletter.selectors.responsible import approvers, editors
from newsletter.services import clicks
from newsletter.services.subscribing import PURPOSE
from portal import registry
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.mailings.choices import MailingState
from portal.mailings.models import Mailing
from portal.mailings.services import control, freezing

# How long before its Monday an issue is there to be written, and when it is said that nobody approved it.
AHEAD = timedelta(days=5)
WARNING = timedelta(hours=22)
# What is offered of each kind, so that an issue stays short.
MOST_OFFERED = 3
# After so long the same thing may be told again.
TOLD_AGAIN = timedelta(days=183)
_EARLIER = "earlier"
# What becomes of an offer, by why it is made; the others are texts.
_KINDS = {"opening": BlockKind.CALL, "closing": BlockKind.CALL, "question": BlockKind.QUESTION}


class IssueRefused(Exception):
    """``reason``: ``state``, ``forbidden``, ``second_person``, ``incomplete``, ``late``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def make_next(moment: datetime | None = None) -> Issue:
    """Make the issue of the next Monday with what the portal offers, once whoever asks."""
    moment = moment or timezone.now()
    start_at = next_start(moment)
    year, week = week_of(start_at)
    issue, is_new = Issue.objects.get_or_create(
        year=year,
        week=week,
        defaults={
            "organisation": Organisation.objects.get(kind=OrganisationKind.MINISTRY),
            "start_at": start_at,
            "not_after": start_at + timedelta(hours=settings.NEWSLETTER_LATE_HOURS),
        },
    )
    if is_new:
        offer(issue)
        record("issue.made", issue, by=None)
    return issue


def offer(issue: Issue) -> int:
    """Add what the portal offers and the issue does not have; return how many parts. Nothing of a person's changes."""
    last = Issue.objects.published().filter(start_at__lt=issue.start_at).first()
    since = last.start_at if last else issue.start_at - timedelta(days=7)
    known = _told_lately(issue)
    wanted: list[registry.Offer] = []
    for entry in registry.offers.values():
        by_section: Counter[str] = Counter()
        for one in entry(since, issue.start_at):
            # What is in this issue already takes its room.
            if by_section[one.section] < MOST_OFFERED and known.get(one.key) != _EARLIER:
                by_section[one.section] += 1
                wanted += [one] if one.key not in known else []
    position = issue.blocks.count()
    for number, one in enumerate(wanted):
        _add(issue, one, position + number)
    return len(wanted)


def _told_lately(issue: Issue) -> dict[str, str]:
    """Return what this issue and those of the last half year tell of, and which of both."""
    told = Block.objects.exclude(offered_by="").filter(issue__start_at__gte=issue.start_at - TOLD_AGAIN)
    earlier = told.filter(issue__state=IssueState.SENT).values_list("offered_by", flat=True)
    own = told.filter(issue=issue).values_list("offered_by", flat=True)
    return {**dict.fromkeys(earlier, _EARLIER), **dict.fromkeys(own, "here")}


def _add(issue: Issue, one: registry.Offer, position: int) -> None:
    kind = _KINDS.get(one.section, BlockKind.TEXT)
    block = Block(issue=issue, position=position, kind=kind, offered_by=one.key, link=one.path(settings.LANGUAGE_CODE))
    for code, _name in settings.LANGUAGES:
        column = code.replace("-", "_")
        setattr(block, f"heading_{column}", one.titles.get(code, "")[:150])
        setattr(block, f"text_{column}", one.texts.get(code, ""))
    block.save()


@transaction.atomic
def submit(issue: Issue, *, by: Person) -> Issue:
    """Hand an issue to a second person; raises ``IssueRefused("incomplete")`` while something must be mended."""
    issue = _locked(issue, IssueState.SUBMITTED)
    _allow(may_edit(by, issue))
    if any(one.is_error for one in findings(issue)):
        raise IssueRefused("incomplete")
    issue.submitted_by, issue.submitted_at, issue.return_note = by, timezone.now(), ""
    issue.approved_by = issue.approved_at = None
    _move(issue, IssueState.SUBMITTED, by=by)
    for person in approvers(issue):
        tell_to_approve(person, issue)
    return issue


@transaction.atomic
def send_back(issue: Issue, *, by: Person, note: str) -> Issue:
    """Give a submitted issue back to be written, and say why."""
    issue = _locked(issue, IssueState.DRAFT)
    _allow(may_edit(by, issue) or may_approve(by, issue))
    issue.return_note = note[:500]
    writer = issue.submitted_by
    _move(issue, IssueState.DRAFT, by=by)
    if writer is not None and writer != by:
        tell_returned(writer, issue)
    return issue


@transaction.atomic
def approve(issue: Issue, *, by: Person, moment: datetime | None = None) -> int:
    """Approve as the second person, and freeze whom the issue goes to; return how many.

    One that was submitted after its moment goes out as soon as it is approved, up to its last moment; raises
    ``IssueRefused("late")`` after that, and ``second_person`` for the one who submitted it.
    """
    moment = moment or timezone.now()
    issue = _locked(issue, IssueState.APPROVED)
    if issue.submitted_by_id == by.pk:
        raise IssueRefused("second_person")
    _allow(may_approve(by, issue))
    if moment > issue.not_after:
        raise IssueRefused("late")
    if any(one.is_error for one in findings(issue)):
        raise IssueRefused("incomplete")
    issue.approved_by, issue.approved_at = by, moment
    issue.mailing = _prepared(issue, max(issue.start_at, moment))
    _move(issue, IssueState.APPROVED, by=by)
    day = monday_of(issue.year, issue.week)
    return freezing.freeze(issue.mailing, Subscription.objects.written_to(day).as_audience(), by=by)


def _prepared(issue: Issue, start_at: datetime) -> Mailing:
    """Return the one mailing of this week, with the editions as they are now."""
    editions = {language: _counted(issue, language, one) for language, one in editions_of(issue).items()}
    issue.pages.all().delete()
    EditionPage.objects.bulk_create(
        EditionPage(issue=issue, language=language, subject=one.mail.subject, **_texts(one))
        for language, one in editions.items()
    )
    mails = {language: one.mail for language, one in editions.items()}
    mailing = freezing.prepare(
        f"newsletter/{issue.year}-W{issue.week:02}",
        purpose=PURPOSE,
        title=str(issue),
        organisation=issue.organisation,
        editions=mails,
        start_at=start_at,
        not_after=issue.not_after,
        by=issue.approved_by,
    )
    return freezing.rewrite(mailing, mails, title=str(issue), start_at=start_at)


def _counted(issue: Issue, language: str, edition: Edition) -> Edition:
    html = clicks.through_portal(issue, language, edition.mail.html)
    return replace(edition, mail=replace(edition.mail, html=html))


def _texts(edition: Edition) -> dict[str, str]:
    return {"text": edition.mail.text, "mail": edition.mail.html, "page": edition.page}


@transaction.atomic
def recall(issue: Issue, *, by: Person) -> Issue:
    """Take an approved issue back to be written, before it begins to go out; raises ``IssueRefused("late")`` after."""
    issue = _locked(issue, IssueState.DRAFT)
    _allow(may_edit(by, issue) or may_approve(by, issue))
    if issue.mailing is not None and issue.state == IssueState.APPROVED:
        try:
            freezing.thaw(issue.mailing, by=by)
        except control.MailingRefused as refusal:
            raise IssueRefused("late") from refusal
    issue.approved_by = issue.approved_at = None
    return _move(issue, IssueState.DRAFT, by=by)


@transaction.atomic
def cancel(issue: Issue, *, by: Person) -> Issue:
    """Let nothing go out this week, or nothing more of it; raises ``IssueRefused("late")`` when all went out."""
    issue = _locked(issue, IssueState.CANCELLED)
    _allow(may_edit(by, issue))
    if issue.mailing is not None and issue.mailing.state != MailingState.CANCELLED:
        try:
            control.cancel(issue.mailing, by=by)
        except control.MailingRefused as refusal:
            raise IssueRefused("late") from refusal
    return _move(issue, IssueState.CANCELLED, by=by)


def tick(moment: datetime | None = None) -> None:
    """Do what the clock asks: make, warn, give up, and note what went out. Twice, or late, it does the same."""
    moment = moment or timezone.now()
    if next_start(moment) - moment <= AHEAD:
        make_next(moment)
    for issue in Issue.objects.unapproved().filter(warned_at=None, start_at__gt=moment):
        if moment >= issue.start_at - WARNING:
            warn(issue, moment)
    for issue in Issue.objects.overdue(moment):
        miss(issue, moment)
    for issue in Issue.objects.filter(state=IssueState.APPROVED, mailing__state=MailingState.SENT):
        note_sent(issue)
    for issue in Issue.objects.filter(state=IssueState.APPROVED, mailing__state=MailingState.CANCELLED):
        note_cancelled(issue)


@transaction.atomic
def warn(issue: Issue, moment: datetime) -> None:
    """Tell the people responsible once that an issue is not approved yet."""
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if issue.warned_at is None and issue.state in WRITING_STATES | {IssueState.SUBMITTED}:
        issue.warned_at = moment
        issue.save(update_fields=["warned_at"])
        for person in editors(issue):
            tell_unapproved(person, issue)


@transaction.atomic
def miss(issue: Issue, moment: datetime) -> None:
    """Note that nothing went out because nobody approved it in time."""
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if issue.start_at <= moment and may_move(issue, IssueState.MISSED):
        _move(issue, IssueState.MISSED, by=None)


@transaction.atomic
def note_sent(issue: Issue) -> None:
    """Put an issue into the archive once all of it is handed to the relay."""
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if may_move(issue, IssueState.SENT):
        _move(issue, IssueState.SENT, by=None)


@transaction.atomic
def note_cancelled(issue: Issue) -> None:
    """Follow a mailing that was ended as a mailing, by whoever watches mailings."""
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if may_move(issue, IssueState.CANCELLED):
        _move(issue, IssueState.CANCELLED, by=None)


def _locked(issue: Issue, to: IssueState) -> Issue:
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if not may_move(issue, to):
        raise IssueRefused("state")
    return issue


def _allow(is_allowed: bool) -> None:
    if not is_allowed:
        raise IssueRefused("forbidden")


def _move(issue: Issue, to: IssueState, *, by: Person | None) -> Issue:
    issue.state, issue.updated_at = to, timezone.now()
    issue.save()
    record(f"issue.{to}", issue, by=by)
    return issue
