"""What people are told of consultations, what they can follow, and who took part."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from engagement.comments.models import Comment, CommentVote
from engagement.consultations.choices import State, Status
from engagement.consultations.models import Consultation, Section
from engagement.consultations.selectors import url_of
from engagement.polls.models import Turnout
from portal.accounts.models import Organisation
from portal.messaging.templatetags.mail import isolate
from portal.notifications.choices import Subject
from portal.pages.models import Topic
from portal.registry.notices import Followed, Shown
from portal.text import localised

# How long before its end followers are told that a consultation closes.
CLOSES_SOON = timedelta(days=3)
# An opening that the clock's work missed for longer is told no more: it would be no news.
OPENED_LATELY = timedelta(days=3)


def opened_lately(moment: datetime) -> QuerySet[Consultation]:
    """Return those that opened a while after they were published: that they open is told besides."""
    opened = Consultation.objects.in_state(State.OPEN, moment).filter(opens_at__gt=moment - OPENED_LATELY)
    return opened.filter(opens_at__gt=F("published_at"))


def closing_soon(moment: datetime) -> QuerySet[Consultation]:
    """Return those in their last days; what was not open for longer has been told when it opened."""
    closing = Consultation.objects.in_state(State.OPEN, moment).filter(closes_at__lte=moment + CLOSES_SOON)
    spell = F("closes_at") - CLOSES_SOON
    return closing.filter(Q(opens_at__lt=spell), Q(published_at=None) | Q(published_at__lt=spell))


def thread_titles(threads: Collection[int]) -> dict[int, str]:
    """Return by thread the title of the consultation or article on which it hangs."""
    consultations = Consultation.objects.public().filter(thread__in=threads)
    sections = Section.objects.filter(thread__in=threads)
    return {one.thread_id: localised(one, "title")[0] for found in (consultations, sections) for one in found}


def found_consultations(codes: Collection[str]) -> dict[str, Followed]:
    """Return those of these that are public."""
    found = Consultation.objects.public().filter(code__in=codes)
    return {one.code: Followed(localised(one, "title")[0], url_of(one)) for one in found}


def found_topics(codes: Collection[str]) -> dict[str, Followed]:
    """Return topics, with the list of what is about them."""
    return {one.code: _listed(one, "topic") for one in Topic.objects.filter(code__in=codes)}


def found_bodies(codes: Collection[str]) -> dict[str, Followed]:
    """Return bodies of the ministry, with the list of what they ask."""
    return {one.code: _listed(one, "body") for one in Organisation.objects.public_bodies().filter(code__in=codes)}


def _listed(thing: Topic | Organisation, parameter: str) -> Followed:
    path = f"{reverse('consultations:list')}?{urlencode({parameter: thing.code})}"
    return Followed(localised(thing, "name")[0], path)


def relatives(code: str) -> list[tuple[str, str]]:
    """Return what a consultation belongs to: its topics, then its body."""
    consultation = Consultation.objects.select_related("organisation").get(code=code)
    topics = [("topic", topic) for topic in consultation.topics.order_by("pk").values_list("code", flat=True)]
    return [*topics, ("organisation", consultation.organisation.code)]


def took_part(code: str, after: int, limit: int) -> list[int]:
    """Return the next people who commented or voted there, by their ids; whoever answers for a body did their work."""
    consultation = Consultation.objects.get(code=code)
    threads = [consultation.thread_id, *consultation.sections.order_by().values_list("thread_id", flat=True)]
    comments = Comment.objects.filter(thread__in=threads, official_for=None)
    votes = CommentVote.objects.filter(comment__thread__in=threads)
    ballots = Turnout.objects.filter(poll=consultation.poll_id) if consultation.poll_id else Turnout.objects.none()
    found: set[int] = set()
    for rows, column in ((comments, "author_id"), (votes, "person_id"), (ballots, "person_id")):
        people = rows.filter(**{f"{column}__gt": after}).order_by(column)
        found.update(people.values_list(column, flat=True).distinct()[:limit])
    return sorted(found)[:limit]


def shown_events(notices: Sequence[Any], person: Any) -> dict[int, Shown]:
    """Return how notices of consultations read now; those to what is not public are left out."""
    found = Consultation.objects.public().filter(code__in={notice.key for notice in notices})
    known = {one.code: one for one in found.select_related("organisation")}
    return {notice.pk: _shown(notice, known[notice.key]) for notice in notices if notice.key in known}


def _shown(notice: Any, consultation: Consultation) -> Shown:
    words = {"title": isolate(localised(consultation, "title")[0])}
    sentence = _SENTENCES[notice.event](consultation, notice.subject == Subject.OUTCOMES) % {
        **words,
        "body": isolate(localised(consultation.organisation, "name")[0]),
        "opens": _day(consultation.opens_at),
        "closes": _day(_end_of(consultation)),
        "moment": _moment(_end_of(consultation)),
    }
    anchor = "#response" if notice.event == "consultation.concluded" else ""
    return Shown(sentence, url_of(consultation) + anchor)


def _published(consultation: Consultation, took_part: bool) -> str:
    if consultation.state == State.UPCOMING:
        return _("New consultation of %(body)s: “%(title)s”. It opens on %(opens)s.")
    if consultation.state == State.OPEN:
        return _("New consultation of %(body)s: “%(title)s”. It is open until %(closes)s.")
    return _("New consultation of %(body)s: “%(title)s”. It was open until %(closes)s.")


def _opened(consultation: Consultation, took_part: bool) -> str:
    if consultation.state == State.OPEN:
        return _("“%(title)s” has opened: comments and votes are taken until %(closes)s.")
    return _("“%(title)s” was open until %(closes)s.")


def _closing(consultation: Consultation, took_part: bool) -> str:
    if consultation.state == State.OPEN:
        return _("“%(title)s” closes soon: %(moment)s.")
    return _("“%(title)s” was open until %(closes)s.")


def _withdrawn(consultation: Consultation, took_part: bool) -> str:
    if took_part:
        return _("“%(title)s”, in which you took part, was withdrawn. Its page says why.")
    return _("“%(title)s” was withdrawn. Its page says why.")


def _concluded(consultation: Consultation, took_part: bool) -> str:
    if took_part:
        return _("The response to “%(title)s”, in which you took part, is published.")
    return _("The response to “%(title)s” is published.")


_SENTENCES: dict[str, Callable[[Consultation, bool], str]] = {
    "consultation.published": _published,
    "consultation.opened": _opened,
    "consultation.closing": _closing,
    "consultation.withdrawn": _withdrawn,
    "consultation.concluded": _concluded,
}
EVENTS: Iterable[str] = tuple(_SENTENCES)
# Of these, those are told too who took part.
OUTCOMES = frozenset({"consultation.withdrawn", "consultation.concluded"})


def _end_of(consultation: Consultation) -> datetime:
    ended = consultation.withdrawn_at if consultation.status == Status.WITHDRAWN else None
    return min(consultation.closes_at, ended or consultation.closes_at)


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
