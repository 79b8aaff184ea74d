"""What came of consultations in which people took part: responses, withdrawals, and replies of bodies to comments."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.comments.choices import SHOWN_STATES
from engagement.comments.models import Comment, CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation, Section
from engagement.consultations.selectors import url_of
from engagement.polls.models import Turnout
from portal.messaging.templatetags.mail import isolate
from portal.registry.sequels import Sequel
from portal.text import localised


def sequels(people: Collection[int], since: datetime, until: datetime) -> dict[int, list[Sequel]]:
    """Return what came of what these people took part in, by person, in no order."""
    found: dict[int, list[Sequel]] = {}
    for person, sequel in [*_endings(people, since, until), *_replies(people, since, until)]:
        found.setdefault(person, []).append(sequel)
    return found


def takers_part(consultations: Collection[Consultation], people: Collection[int]) -> set[tuple[int, int]]:
    """Return pairs of consultation and person, of these alone: who commented or voted there, whatever they said.

    Whoever replied in a body's name did their work, and is not among them.
    """
    places = {one.thread_id: one.pk for one in consultations}
    ids = list(places.values())
    places |= dict(Section.objects.order_by().filter(consultation__in=ids).values_list("thread_id", "consultation_id"))
    polls = {one.poll_id: one.pk for one in consultations if one.poll_id}
    comments = Comment.objects.filter(thread__in=list(places), author__in=people, official_for=None)
    votes = CommentVote.objects.filter(comment__thread__in=list(places), person__in=people)
    ballots = Turnout.objects.filter(poll__in=list(polls), person__in=people)
    return {
        *((places[thread], person) for thread, person in comments.values_list("thread_id", "author_id")),
        *((places[thread], person) for thread, person in votes.values_list("comment__thread_id", "person_id")),
        *((polls[poll], person) for poll, person in ballots.values_list("poll_id", "person_id")),
    }


def _endings(people: Collection[int], since: datetime, until: datetime) -> list[tuple[int, Sequel]]:
    concluded = Q(status=Status.CONCLUDED, responded_at__gt=since, responded_at__lte=until)
    withdrawn = Q(status=Status.WITHDRAWN, withdrawn_at__gt=since, withdrawn_at__lte=until)
    ended = {one.pk: one for one in Consultation.objects.filter(concluded | withdrawn)}
    if not ended:
        return []
    told = {pk: _ending(one) for pk, one in ended.items()}
    return [(person, told[pk]) for pk, person in takers_part(ended.values(), people)]


def _ending(consultation: Consultation) -> Sequel:
    is_answered = consultation.status == Status.CONCLUDED

    def sentence(language: str) -> str:
        with override(language):
            title = isolate(localised(consultation, "title")[0])
            if is_answered:
                said = _("The response to “%(title)s”, in which you took part, is published.")
            else:
                said = _("“%(title)s”, in which you took part, was withdrawn. Its page says why.")
            return said % {"title": title}

    at = consultation.responded_at if is_answered else consultation.withdrawn_at
    path = _path(lambda: url_of(consultation) + ("#response" if is_answered else ""))
    return Sequel(f"consultation:{consultation.code}:{consultation.status}", at, sentence, path)


def _replies(people: Collection[int], since: datetime, until: datetime) -> list[tuple[int, Sequel]]:
    """Return official replies; those to a comment that is not shown any more are left out with it."""
    replies = (
        Comment.objects.shown()
        .filter(
            official_for__isnull=False,
            created_at__gt=since,
            created_at__lte=until,
            parent__author__in=people,
            parent__state__in=SHOWN_STATES,
        )
        .exclude(author=F("parent__author"))
    )
    related = ("parent", "official_for", "thread__consultation", "thread__section__consultation")
    found = [(one, _place(one)) for one in replies.select_related(*related)]
    return [(one.parent.author_id, _reply(one, place)) for one, place in found if place is not None]


def _place(comment: Comment) -> Consultation | Section | None:
    thread = comment.thread
    return getattr(thread, "consultation", None) or getattr(thread, "section", None)


def _reply(comment: Comment, place: Consultation | Section) -> Sequel:
    def sentence(language: str) -> str:
        with override(language):
            return _("Official reply of %(body)s to your comment on “%(title)s”.") % {
                "body": isolate(localised(comment.official_for, "name")[0]),
                "title": isolate(localised(place, "title")[0]),
            }

    path = _path(lambda: reverse("comments:comment", args=[comment.parent.code]))
    return Sequel(f"reply:{comment.code}", comment.created_at, sentence, path)


def _path(url: Callable[[], str]) -> Callable[[str], str]:
    def path(language: str) -> str:
        with override(language):
            return url()

    return path
