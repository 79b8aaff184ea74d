"""What moderators and reporters are shown, each in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.choices import Outcome
from moderation.models import Case, Decision, Ground, Report, Statement
from moderation.querysets import CaseQuerySet
from moderation.registry import Target, find_target, intake
from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.accounts.rules import holds
from portal.messaging.templatetags.mail import isolate
from portal.registry import Deed, InboxItem, Passed, Place, Whom
from portal.registry.notices import Shown
from portal.text import localised

# How a decision is told beside its date.
_OUTCOMES = {Outcome.HIDE: _("Hidden"), Outcome.KEEP: _("Kept"), Outcome.RESTORE: _("Shown again")}


@dataclass(frozen=True)
class Filters:
    """What the address narrows the queue to; anything unknown narrows nothing."""

    language: str = ""
    ground: int | None = None

    @classmethod
    def read(cls, query: Any) -> "Filters":
        """Read them from the query of the address."""
        language, ground = query.get("language", ""), query.get("ground", "")
        is_language = language in dict(settings.LANGUAGES)
        is_number = ground.isascii() and ground.isdigit() and len(ground) < 4
        return cls(language if is_language else "", int(ground) if is_number else None)

    def apply(self, cases: CaseQuerySet) -> CaseQuerySet:
        """Return the cases that match."""
        return cases.in_language(self.language).reported_for(self.ground)

    @property
    def query(self) -> dict[str, str]:
        """What the address needs to say the same again."""
        values = {"language": self.language, "ground": "" if self.ground is None else str(self.ground)}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class Queue:
    """The open cases of one moderator: a page of them, and how many wait in all."""

    page: Page
    waiting: int
    overdue: int
    due_today: int
    languages: dict[str, int]
    filters: Filters


def queue(user: Any, filters: Filters, *, page: Any = 1) -> Queue:
    """Return the queue; the three counts speak of all that waits for this person, whatever the filter."""
    cases = Case.objects.for_moderator(user).open()
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    counts = cases.aggregate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=Q(deadline__due_at__lt=now)),
        due_today=Count("pk", filter=Q(deadline__due_at__gte=now, deadline__due_at__lt=midnight)),
    )
    languages = dict(cases.order_by().values_list("language").annotate(Count("pk")))
    rows = _with_grounds(filters.apply(cases).for_rows().oldest_promise_first(), page)
    return Queue(page=rows, languages=languages, filters=filters, **counts)


def decided(user: Any, *, page: Any = 1) -> Page:
    """Return a page of decided cases, each with its last decision as ``last``."""
    cases = Case.objects.for_moderator(user).decided().for_rows().prefetch_related("decisions__decided_by")
    rows = _with_grounds(cases, page)
    for case in rows:
        case.last = case.decisions.all()[0]
    return rows


def next_in_queue(user: Any, case: Case, filters: Filters) -> Case | None:
    """Return what follows this case, or the first of the queue behind its end; None when nothing else waits."""
    cases = filters.apply(Case.objects.for_moderator(user).open()).exclude(pk=case.pk).oldest_promise_first()
    return cases.after(case).first() or cases.first()


@dataclass(frozen=True)
class CaseFile:
    """All that stands beside a case: its thing, the reports and the decisions about it."""

    case: Case
    target: Target | None

    @cached_property
    def reports(self) -> list[Report]:
        """Reports in the order in which they came."""
        return list(self.case.reports.select_related("ground", "reporter").order_by("pk"))

    @cached_property
    def grounds(self) -> list[Ground]:
        """The grounds named in reports, each once, by number."""
        return sorted({report.ground for report in self.reports}, key=lambda ground: ground.number)

    @cached_property
    def decisions(self) -> list[Decision]:
        """Decisions, the last one first, with their statements."""
        return list(self.case.decisions.select_related("ground", "decided_by", "statement"))

    @property
    def is_hidden(self) -> bool:
        """True when the last decision hid the thing, so that it can be shown again."""
        return bool(self.decisions) and self.decisions[0].outcome == Outcome.HIDE

    @cached_property
    def place(self) -> Place | None:
        """The page on which the thing stands, so that a decision knows what was being discussed."""
        return self.target.place if self.target else None

    @cached_property
    def changed_text(self) -> str:
        """What the thing says now, where that differs from what was reported; empty where it does not."""
        now = self.target.text if self.target else ""
        return now if now != self.case.text else ""

    @cached_property
    def author_figures(self) -> dict[str, Any]:
        """Since when the author is here, how much they wrote, how much of it is hidden."""
        return self.target.entry.author_figures(self.target.obj) if self.target and self.case.author else {}

    @cached_property
    def passed(self) -> Passed | None:
        """The request that was opened from it, None where none was."""
        entry = intake()
        return entry.passed((self.case.kind, self.case.key)) if entry else None

    @property
    def can_become(self) -> list[tuple[str, Any]]:
        """What support can make of it; nothing where there is no support, or nobody to be answered."""
        entry, author = intake(), self.case.author
        if entry is None or self.target is None or author is None or author.erased_at is not None:
            return []
        # What it is taken for comes first, and so is chosen.
        return sorted(entry.choices(), key=lambda choice: choice[0] != entry.default)

    @cached_property
    def earlier(self) -> dict[str, int]:
        """Earlier decisions about the same author, counted by outcome."""
        if self.case.author_id is None:
            return {}
        decisions = Decision.objects.filter(case__author_id=self.case.author_id).exclude(case=self.case)
        return dict(decisions.order_by().values_list("outcome").annotate(Count("pk")))


def case_file(case: Case) -> CaseFile:
    """Return the file of a case."""
    return CaseFile(case, find_target(case.kind, case.key))


def inbox_count(user: Any) -> int | None:
    """Return how many cases wait for this person, or None for those who moderate nothing."""
    if not holds(user, Role.MODERATOR):
        return None
    return Case.objects.for_moderator(user).open().count()


def inbox_first(user: Any, limit: int) -> list[InboxItem]:
    """Return the cases whose promise is the oldest, by what was reported."""
    cases = Case.objects.for_moderator(user).open().select_related("deadline").oldest_promise_first()
    return [
        InboxItem(
            title=Truncator(case.text).chars(90) or case.code,
            url=reverse("admin:moderation_case_waiting", args=[case.code]),
            language=case.language,
            due_at=case.deadline.due_at,
        )
        for case in cases[:limit]
    ]


def personal_data_of(person: Person) -> dict[str, Any]:
    """Return the reports a person made, and the decisions about what they wrote."""
    reports = person.reports_made.select_related("ground", "case").order_by("pk")
    statements = Statement.objects.filter(decision__case__author=person).order_by("pk")
    return {
        "reports": [
            {
                "case": report.case.code,
                "ground": report.ground.code,
                "note": report.note,
                "created_at": report.created_at.isoformat(),
            }
            for report in reports
        ],
        "decisions_about_you": [
            {
                "case": statement.decision.case.code,
                "outcome": statement.decision.outcome,
                "ground": statement.decision.ground.code if statement.decision.ground else "",
                "text": statement.decision.case.text,
                "passage": statement.passage,
                "note": statement.note,
                "decided_at": statement.decision.decided_at.isoformat(),
            }
            for statement in statements.select_related("decision__case", "decision__ground")
        ],
    }


def deeds_of(whom: Whom, viewer: Any, limit: int) -> list[Deed]:
    """Return the decided cases about what a person wrote, for moderators of their bodies, in two queries.

    An address alone leads to nobody: only people with an account write what is moderated.
    """
    if whom.person is None:
        return []
    cases = Case.objects.for_moderator(viewer).decided().filter(author=whom.person).exclude(code__in=whom.besides)
    return [
        Deed(
            title=Truncator(case.text).chars(90) or case.code,
            language=case.language if case.text else "",
            url=reverse("admin:moderation_case_decided", args=[case.code]),
            at=case.decided_at,
            note=_OUTCOMES[case.decisions.all()[0].outcome],
        )
        for case in cases.prefetch_related("decisions")[:limit]
    ]


def _with_grounds(cases: CaseQuerySet, page: Any) -> Page:
    rows = Paginator(cases, settings.LIST_PER_PAGE).get_page(page)
    grounds = Ground.objects.in_bulk()
    for case in rows:
        case.ground = grounds.get(case.first_ground)
    return rows


def told_to(author: Any) -> QuerySet[Decision]:
    """Return the decisions that their author was told of: to hide what they wrote, or to show it again."""
    return Decision.objects.filter(case__author=author, outcome__in=(Outcome.HIDE, Outcome.RESTORE))


def shown_decisions(notices: Sequence[Any], person: Any) -> dict[int, Shown]:
    """Return how notices of decisions read, in one query; each leads to its statement of reasons."""
    cases = {notice.key.rpartition("-")[0] for notice in notices}
    found = told_to(person).filter(case__code__in=cases).select_related("case", "ground")
    decisions = {f"{one.case.code}-{one.number}": one for one in found}
    return {notice.pk: _shown_decision(decisions[notice.key]) for notice in notices if notice.key in decisions}


def _shown_decision(decision: Decision) -> Shown:
    path = reverse("moderation:decision", args=[decision.case.code, decision.number])
    if decision.outcome == Outcome.RESTORE:
        return Shown(gettext("Decision on what you wrote: it is shown again."), path)
    ground = localised(decision.ground, "title")[0]
    sentence = gettext("Decision on what you wrote: it is hidden, on the ground “%(ground)s”.")
    return Shown(sentence % {"ground": isolate(ground)}, path)
