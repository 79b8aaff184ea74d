"""Reads across models: the list with its totals, a consultation's page, and what the home page shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from engagement.comments.models import Thread
from engagement.consultations.choices import State, Status
from engagement.consultations.models import Consultation, Section
from engagement.consultations.querysets import ConsultationQuerySet
from engagement.polls.models import Poll
from engagement.polls.selectors import poll_view
from portal.accounts.choices import Role
from portal.accounts.models import Organisation
from portal.accounts.rules import bodies_for, holds
from portal.languages import wanting, written_texts
from portal.pages.models import Topic
from portal.registry import FeedItem, InboxItem, Offer, Place
from portal.text import fold, localised

_MARKS = re.compile(r"[*_#`>]+")
# In one state the order is that state's own, and the list says it in words.
_ORDERS: dict[str, tuple[tuple[str, ...], Any]] = {
    "": (("rank", "soonest", "-closes_at"), gettext_lazy("open ones first, those closing soonest on top")),
    State.DRAFT: ((), gettext_lazy("newest first")),
    State.UPCOMING: (("opens_at",), gettext_lazy("those opening soonest first")),
    State.OPEN: (("closes_at",), gettext_lazy("those closing soonest first")),
    State.ANALYSING: (("-closes_at",), gettext_lazy("most recently closed first")),
    State.CONCLUDED: (("-responded_at",), gettext_lazy("latest responses first")),
    State.WITHDRAWN: (("-withdrawn_at",), gettext_lazy("most recently withdrawn first")),
}
# As much of an article as fills two lines; a Chinese character takes the room of two letters.
_EXCERPT, _EXCERPT_HAN = 150, 75
# How long before its end a newsletter tells of a consultation as closing, and of how many of a kind at most.
_CLOSES_SOON, _MOST_OFFERED = timedelta(days=10), 20
_LOOSE_END = re.compile(r"[\s,.;:،؛，。；：、]+$")
_RELATED = ("organisation", "thread", "response_deadline")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; unknown values narrow nothing."""

    state: str = ""
    topic: str = ""
    body: str = ""
    q: str = ""

    @property
    def any(self) -> bool:
        """True when the list is narrowed."""
        return any((self.state, self.topic, self.body, self.q))


def listed(user: Any, filters: Filters) -> ConsultationQuerySet:
    """Return what the user sees of the list: in one state in its own order, else open ones first, then coming."""
    found = narrowed(user, filters)
    if filters.state in State.values:
        found = found.in_state(State(filters.state), timezone.now())
    return for_cards(found).order_by(*_order(filters)[0], "-id")


def order_words(filters: Filters) -> Any:
    """Return in words how the list is ordered."""
    return _order(filters)[1]


def _order(filters: Filters) -> tuple[tuple[str, ...], Any]:
    return _ORDERS.get(filters.state, _ORDERS[""])


def narrowed(user: Any, filters: Filters) -> ConsultationQuerySet:
    """Apply every filter but the state, so that the states can be counted beside each other."""
    found = Consultation.objects.visible_to(user)
    if filters.topic:
        found = found.filter(topics__code=filters.topic)
    if filters.body:
        found = found.filter(organisation__code=filters.body)
    for word in fold(filters.q).split()[:8]:
        found = found.filter(search_text__contains=word)
    return found


def for_cards(found: ConsultationQuerySet) -> ConsultationQuerySet:
    """Load what a card shows, with a rank by state and the number of comments in all its threads."""
    now = timezone.now()
    published = Q(status=Status.PUBLISHED)
    rank = Case(
        When(published & Q(opens_at__lte=now, closes_at__gt=now), then=Value(0)),
        When(published & Q(opens_at__gt=now), then=Value(1)),
        When(published, then=Value(2)),
        When(Q(status=Status.DRAFT), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    in_sections = (
        Section.objects.order_by()
        .filter(consultation=OuterRef("pk"))
        .values("consultation")
        .annotate(total=Sum("thread__comment_count"))
        .values("total")
    )
    return found.select_related(*_RELATED).annotate(
        rank=rank,
        soonest=Case(When(rank=0, then=F("closes_at")), When(rank=1, then=F("opens_at")), default=Value(None)),
        comment_total=F("thread__comment_count") + Coalesce(Subquery(in_sections), 0),
    )


def state_counts(user: Any, filters: Filters) -> dict[str, int]:
    """Return how many there are in each state, with the other filters applied, in one query."""
    now = timezone.now()
    published = Q(status=Status.PUBLISHED)
    return narrowed(user, filters).aggregate(
        all=Count("pk", distinct=True),
        upcoming=Count("pk", filter=published & Q(opens_at__gt=now), distinct=True),
        open=Count("pk", filter=published & Q(opens_at__lte=now, closes_at__gt=now), distinct=True),
        analysing=Count("pk", filter=published & Q(closes_at__lte=now), distinct=True),
        concluded=Count("pk", filter=Q(status=Status.CONCLUDED), distinct=True),
        withdrawn=Count("pk", filter=Q(status=Status.WITHDRAWN), distinct=True),
        draft=Count("pk", filter=Q(status=Status.DRAFT), distinct=True),
    )


def filter_choices() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (topics, bodies) to choose from, as pairs of code and name in the reader's language."""
    topics = [(topic.code, localised(topic, "name")[0]) for topic in Topic.objects.all()]
    bodies = [(body.code, localised(body, "name")[0]) for body in Organisation.objects.public_bodies()]
    return topics, bodies


def timeline(consultation: Consultation) -> list[dict[str, Any]]:
    """Return the steps of its course with the state of each: past, now, next, or late."""
    state = consultation.state
    if state == State.DRAFT:
        return []
    due = consultation.response_deadline.due_at
    opening = {"label": _("Opens for comment"), "state": "next", "date": consultation.opens_at}
    if state != State.UPCOMING:
        opening = {"label": _("Opened"), "state": "past", "date": consultation.opens_at}
    if state == State.WITHDRAWN:
        ended = {"label": _("Withdrawn"), "state": "now", "date": consultation.withdrawn_at}
        # Withdrawn before it opened, it never opened.
        return [opening, ended] if consultation.opens_at <= consultation.withdrawn_at else [ended]
    closing = {"label": _("Closes"), "state": "next", "date": consultation.closes_at}
    reading = {"label": _("We read everything"), "state": "next", "note": ""}
    response = {"label": _("Response due"), "state": "next", "date": due}
    if state == State.UPCOMING:
        opening["state"] = "now"
    elif state == State.OPEN:
        closing |= {"label": _("Open for comment until"), "state": "now"}
    else:
        closing |= {"label": _("Closed"), "state": "past"}
        reading["state"] = "past" if state == State.CONCLUDED else "now"
    if state == State.CONCLUDED:
        late = not consultation.response_deadline.was_kept
        label = _("Response published late") if late else _("Response published")
        response = {"label": label, "state": "past", "date": consultation.responded_at}
    elif consultation.is_overdue:
        response = {"label": _("Response overdue since"), "state": "late", "date": due}
    return [opening, closing, reading, response]


def with_excerpts(sections: Iterable[Section]) -> list[Section]:
    """Give each article its first words in the reader's language, without Markdown's marks, for the table of them."""
    found = list(sections)
    for section in found:
        section.excerpt = _excerpt(*localised(section, "body"))
    return found


def _excerpt(text: str, language: str) -> str:
    """Return the first words of a text; Chinese has no spaces to cut at."""
    plain = " ".join(_MARKS.sub("", text).split())
    is_han = language.startswith("zh")
    limit = _EXCERPT_HAN if is_han else _EXCERPT
    if len(plain) <= limit:
        return plain
    cut = plain[:limit] if is_han or plain[limit] == " " else plain[:limit].rpartition(" ")[0] or plain[:limit]
    return _LOOSE_END.sub("", cut) + "…"


def next_turn(moment: datetime) -> datetime | None:
    """Return when the next published one opens, closes or owes its response, after this moment."""
    found = Consultation.objects.filter(status=Status.PUBLISHED).aggregate(
        opens=Min("opens_at", filter=Q(opens_at__gt=moment)),
        closes=Min("closes_at", filter=Q(closes_at__gt=moment)),
        due=Min("response_deadline__due_at", filter=Q(response_deadline__due_at__gt=moment)),
    )
    return min((turn for turn in found.values() if turn is not None), default=None)


def url_of(consultation: Consultation) -> str:
    """Return its address in the active language."""
    return reverse("consultations:detail", args=[consultation.code, consultation.slug])


def place(thing: Any) -> Place | None:
    """Return the page on which a thread or poll of a consultation stands."""
    if isinstance(thing, Poll):
        found = Consultation.objects.filter(poll=thing).first()
        return Place(localised(found, "title")[0], url_of(found)) if found else None
    if not isinstance(thing, Thread):
        return None
    found = Consultation.objects.filter(thread=thing).first()
    if found:
        return Place(localised(found, "title")[0], url_of(found))
    section = Section.objects.select_related("consultation").filter(thread=thing).first()
    return Place(localised(section, "title")[0], section_url(section)) if section else None


def section_url(section: Section) -> str:
    """Return the address of an article of the draft."""
    consultation = section.consultation
    return reverse("consultations:section", args=[consultation.code, consultation.slug, section.number])


def open_items(limit: int) -> list[FeedItem]:
    """Return open and coming consultations for the home page, those that close soonest first."""
    now = timezone.now()
    running = Consultation.objects.public().filter(status=Status.PUBLISHED, closes_at__gt=now)
    found = for_cards(running).select_related("poll").order_by("rank", "soonest", "-id")[:limit]
    return [_feed_item(consultation) for consultation in found]


def answered_items(limit: int) -> list[FeedItem]:
    """Return the overdue ones first, oldest promise first, then the latest published responses."""
    now = timezone.now()
    overdue = Consultation.objects.filter(status=Status.PUBLISHED, response_deadline__due_at__lt=now)
    concluded = Consultation.objects.filter(status=Status.CONCLUDED)
    late = list(for_cards(overdue).order_by("response_deadline__due_at", "id")[: max(1, limit // 3)])
    late += for_cards(concluded).order_by("-responded_at", "-id")[: limit - len(late)]
    return [
        FeedItem("consultation", consultation.code, "consultations/_response_row.html", consultation)
        for consultation in late
    ]


def listed_count() -> int:
    """Return how many consultations a visitor finds in the list."""
    return Consultation.objects.public().count()


def awaiting_response(user: Any) -> int | None:
    """Return how many closed consultations wait for this editor's response; None for those who edit none."""
    if not bodies_for(user, Role.EDITOR).exists():
        return None
    waiting = Consultation.objects.for_editor(user).in_state(State.ANALYSING, timezone.now())
    return waiting.count()


def first_awaiting_response(user: Any, limit: int) -> list[InboxItem]:
    """Return those whose response was promised first."""
    waiting = Consultation.objects.for_editor(user).in_state(State.ANALYSING, timezone.now())
    found = waiting.select_related("response_deadline").order_by("response_deadline__due_at", "pk")[:limit]
    return [_inbox_item(consultation, consultation.response_deadline.due_at) for consultation in found]


def drafts(user: Any) -> int | None:
    """Return how many drafts this editor may go on with; None for those who edit none."""
    return _drafts(user).count() if holds(user, Role.EDITOR) else None


def first_drafts(user: Any, limit: int) -> list[InboxItem]:
    """Return the drafts that are to open first, those without a date behind them."""
    return [_inbox_item(draft) for draft in _drafts(user).order_by(F("opens_at").asc(nulls_last=True), "-pk")[:limit]]


def wanting_texts(user: Any) -> int | None:
    """Return how many public consultations lack a language or have one that is behind; None for who edits none."""
    return _wanting(user).count() if holds(user, Role.EDITOR) else None


def first_wanting_texts(user: Any, limit: int) -> list[InboxItem]:
    """Return those that close first."""
    return [_inbox_item(consultation) for consultation in _wanting(user).order_by("closes_at", "pk")[:limit]]


def _drafts(user: Any) -> ConsultationQuerySet:
    return Consultation.objects.for_editor(user).filter(status=Status.DRAFT)


def _wanting(user: Any) -> ConsultationQuerySet:
    return Consultation.objects.for_editor(user).filter(wanting(Consultation), status=Status.PUBLISHED)


def _inbox_item(consultation: Consultation, due_at: datetime | None = None) -> InboxItem:
    title, language = localised(consultation, "title")
    url = reverse("admin:consultations_consultation_change", args=[consultation.pk])
    return InboxItem(title=title or consultation.code, url=url, language=language, due_at=due_at)


def days_late(consultation: Consultation) -> int:
    """Return the whole days since its response was due, at least one."""
    return max(1, (timezone.now() - consultation.response_deadline.due_at) // timedelta(days=1))


def _feed_item(consultation: Consultation) -> FeedItem:
    poll = consultation.poll
    consultation.lead_poll = poll_view(poll, reader=AnonymousUser()) if poll and poll.shows_results else None
    return FeedItem(
        kind="consultation",
        key=consultation.code,
        template="consultations/_card.html",
        object=consultation,
        closes_at=consultation.closes_at if consultation.state == State.OPEN else None,
        lead_template="consultations/_lead.html",
    )


def offers(since: datetime, until: datetime) -> list[Offer]:
    """Return what a newsletter of the second moment may tell: opened since the first, closing soon, answered."""
    public = Consultation.objects.filter(status=Status.PUBLISHED, closes_at__gt=until)
    answered = Consultation.objects.filter(status=Status.CONCLUDED, responded_at__gt=since, responded_at__lte=until)
    opened = public.filter(opens_at__gt=since, opens_at__lte=until).order_by("closes_at", "pk")
    closing = public.filter(opens_at__lte=since, closes_at__lte=until + _CLOSES_SOON).order_by("closes_at", "pk")
    return [
        *(_offer(one, "closing", "summary") for one in closing[:_MOST_OFFERED]),
        *(_offer(one, "opening", "summary") for one in opened[:_MOST_OFFERED]),
        *(_offer(one, "result", "outcome_summary") for one in answered.order_by("-responded_at")[:_MOST_OFFERED]),
    ]


def _open_until(consultation: Consultation, language: str) -> str:
    with override(language):
        moment = formats.date_format(timezone.localtime(consultation.closes_at), "DATETIME_FORMAT")
        return _("Open until %(moment)s") % {"moment": moment}


def _offer(consultation: Consultation, section: str, field: str) -> Offer:
    def path(language: str) -> str:
        with override(language):
            return url_of(consultation)

    texts = written_texts(consultation, field)
    if section != "result":
        texts = {code: f"{text}\n\n**{_open_until(consultation, code)}**" for code, text in texts.items()}
    return Offer(
        f"consultation:{consultation.code}:{section}", section, written_texts(consultation, "title"), texts, path
    )
