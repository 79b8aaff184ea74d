"""What the editor's page shows of an issue: whom it goes to, who may do what, and its parts."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Count

from newsletter.choices import WRITING_STATES, IssueState
from newsletter.models import Block, Issue, Subscription
from newsletter.rules import may_approve, may_edit, monday_of
from newsletter.selectors.checks import Finding, findings
from portal.languages import languages_of, missing_texts, text_columns
from portal.mailings.choices import MailingState
from portal.mailings.selectors import waiting_by_language


@dataclass(frozen=True)
class Audience:
    """Whom an issue goes to, by language; ``is_frozen`` once that is fixed."""

    is_frozen: bool
    total: int
    by_language: list[tuple[str, int]]


@dataclass(frozen=True)
class ShownPart:
    """A part as the editor's page lists it."""

    block: Block
    cells: list[tuple[str, str, str]]
    missing: list[str]
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Checked:
    """The check list: what must be mended, and what somebody should look at."""

    errors: list[Finding] = field(default_factory=list)
    advice: list[Finding] = field(default_factory=list)


def audience_of(issue: Issue) -> Audience:
    """Return the frozen recipients, or whom it would go to if it were frozen now."""
    is_frozen = issue.mailing is not None and issue.mailing.frozen_at is not None
    counts = waiting_by_language(issue.mailing) if is_frozen else _expected(issue)
    rows = [(code, counts.get(code, 0)) for code, _name in settings.LANGUAGES]
    total = issue.mailing.frozen_count if is_frozen else sum(counts.values())
    return Audience(is_frozen, total, rows)


def _expected(issue: Issue) -> dict[str, int]:
    found = Subscription.objects.written_to(monday_of(issue.year, issue.week)).order_by().values("language")
    return dict(found.annotate(count=Count("pk")).values_list("language", "count"))


def acts_for(user: Any, issue: Issue) -> set[str]:
    """Return what this person may do with the issue where it stands."""
    writes, approves = may_edit(user, issue), may_approve(user, issue)
    acts = {
        "submit": writes and issue.state in WRITING_STATES,
        "approve": approves and issue.state == IssueState.SUBMITTED,
        "send_back": (writes or approves) and issue.state == IssueState.SUBMITTED,
        "recall": (writes or approves) and issue.state == IssueState.APPROVED and not _has_begun(issue),
        "cancel": writes and issue.state not in (IssueState.SENT, IssueState.CANCELLED),
    }
    return {act for act, is_offered in acts.items() if is_offered}


def _has_begun(issue: Issue) -> bool:
    return issue.mailing is None or issue.mailing.state != MailingState.READY


def checked(issue: Issue) -> Checked:
    """Return what the check list says, errors and advice apart."""
    found = findings(issue)
    return Checked([one for one in found if one.is_error], [one for one in found if not one.is_error])


def parts_shown(issue: Issue) -> list[ShownPart]:
    """Return the parts in their order, with their texts in each language."""
    blocks = list(issue.blocks.prefetch_related("links"))
    last = len(blocks) - 1
    return [_shown(block, position == 0, position == last) for position, block in enumerate(blocks)]


def _shown(block: Block, is_first: bool, is_last: bool) -> ShownPart:
    texts = text_columns(Block)
    cells = [
        (code, getattr(block, texts["heading"][code]) or "", _excerpt(block, code))
        for code, _name in settings.LANGUAGES
    ]
    return ShownPart(block, cells, list(languages_of(Block, missing_texts(block))), is_first, is_last)


def _excerpt(block: Block, code: str) -> str:
    texts = text_columns(Block)
    for name in ("text", "figure", "alt"):
        if found := getattr(block, texts[name][code]):
            return found
    column = f"title_{code.replace('-', '_')}"
    return " · ".join(filter(None, (getattr(link, column) for link in block.links.all())))
