"""What people are told, in the active language: one message for all that is due, why it came, and how to stop it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.messaging.choices import BY_NUMBER, Way
from portal.messaging.emails import mail_domain, render, render_text
from portal.messaging.models import Message
from portal.messaging.templatetags.mail import absolute_url, isolate
from portal.notifications.choices import Subject
from portal.notifications.models import Notice, Wishes
from portal.notifications.rules import Stop, may_stop, stop_token
from portal.notifications.selectors import followed_by_reference
from portal.registry.notices import Followed, Shown

TEMPLATE = "notifications/notices"
# Lines of one message; the others are counted, and stand on the portal.
MOST_LINES = 50
# In characters: what of a sentence goes to a number.
LONGEST_TEXT = 300

Told = list[tuple[Notice, Shown]]
# A subject and, where that is why, what is followed.
Thing = tuple[str, str]
Cause = tuple[Subject, Thing | None]


@dataclass(frozen=True)
class Section:
    """What has one cause: its lines, why they came, and the path to stop them (empty where that is not offered)."""

    why: str
    stop_path: str
    lines: list[Shown]


@dataclass(frozen=True)
class Letter:
    """One message to one person, and the notices that it tells of."""

    person: Person
    way: Way
    slot: datetime
    message: Message
    notices: list[Notice]


class Writer:
    """Writes letters, each in the language that is active, and looks up once what many of them name."""

    def __init__(self) -> None:
        self._followed: dict[str, dict[Thing, Followed | None]] = defaultdict(dict)

    def write(self, person: Person, way: Way, wishes: Wishes, slot: datetime, told: Told) -> Letter:
        """Return one letter with all of this; its message is not stored yet."""
        message = _text(person, way, wishes, told) if way in BY_NUMBER else self._mail(person, told)
        return Letter(person, way, slot, message, [notice for notice, _shown in told])

    def _mail(self, person: Person, told: Told) -> Message:
        context = {
            "headline": _headline(told),
            "is_one": len(told) == 1,
            "sections": self._sections(person, told[:MOST_LINES]),
            "more": len(told) - len(told[:MOST_LINES]),
            "list_path": list_path(),
            "choices_path": choices_path(),
            "recipient": person,
        }
        rendered = render("notifications/mail/notices", person.language, context)
        return Message(
            person=person,
            address=person.email,
            language=person.language,
            template=TEMPLATE,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            headers=_headers(person, told),
        )

    def _sections(self, person: Person, told: Told) -> list[Section]:
        lines: dict[Cause, list[Shown]] = {}
        for notice, shown in told:
            lines.setdefault(_cause(notice), []).append(shown)
        order = list(Subject)
        return [
            Section(_why(subject, self._title(thing)), _stop_path_of(person, (subject, thing)), some)
            for (subject, thing), some in sorted(lines.items(), key=lambda item: order.index(item[0][0]))
        ]

    def _title(self, thing: Thing | None) -> str:
        """Return the title of what is followed; empty where it is not public (any more)."""
        if thing is None:
            return ""
        known = self._followed[get_language()]
        if thing not in known:
            known[thing] = followed_by_reference([thing]).get(thing)
        found = known[thing]
        return found.title if found else ""


def list_path() -> str:
    """Return where all of a person's notices stand, in the active language."""
    return reverse("notifications:notices")


def choices_path() -> str:
    """Return where people choose what they are told, in the active language."""
    return reverse("notifications:choices")


def stop_path(person: Person, stop: Stop) -> str:
    """Return the page with the button that stops it, in the active language."""
    return reverse("notifications:stop", args=[stop_token(person.code, stop)])


def _text(person: Person, way: Way, wishes: Wishes, told: Told) -> Message:
    only = told[0][1] if len(told) == 1 else None
    stop = _stop_of_all(told)
    context = {
        "headline": _headline(told)[:LONGEST_TEXT],
        "path": only.path if only else list_path(),
        "stop_path": stop_path(person, stop) if stop else "",
    }
    return Message(
        person=person,
        way=way,
        phone=wishes.phone,
        language=person.language,
        template=TEMPLATE,
        text=render_text("notifications/texts/notices.txt", person.language, context),
    )


def _headline(told: Told) -> str:
    if len(told) == 1:
        return told[0][1].sentence
    return ngettext("%(count)s new notification for you", "%(count)s new notifications for you", len(told)) % {
        "count": len(told)
    }


def _cause(notice: Notice) -> Cause:
    thing = (notice.follow_kind, notice.follow_key)
    return Subject(notice.subject), thing if all(thing) else None


def _why(subject: Subject, title: str) -> str:
    """Return the whole sentence that says why something came."""
    if title:
        return _("You get this because you follow “%(title)s”.") % {"title": isolate(title)}
    return {
        Subject.REPLIES: _("You get this because you wrote a comment that was replied to."),
        Subject.DECISIONS: _("You get this because a decision was taken on what you wrote. Decisions are always sent."),
        Subject.FOLLOWED: _("You get this because of something that you follow."),
        Subject.OUTCOMES: _("You get this because you took part in it."),
        Subject.REQUESTS: _("You get this because of a request of yours. Answers to requests are always sent."),
    }[subject]


def _stop_path_of(person: Person, cause: Cause) -> str:
    subject, thing = cause
    if not may_stop(subject):
        return ""
    return stop_path(person, Stop(follow=thing) if thing else Stop(subjects=(subject,)))


def _stop_of_all(told: Told) -> Stop | None:
    """Return what stops messages like this one: following a thing where that alone is why it came, else subjects."""
    causes = {_cause(notice) for notice, _shown in told}
    things = {thing for subject, thing in causes}
    if len(things) == 1 and (thing := things.pop()):
        return Stop(follow=thing)
    subjects = tuple(one for one in Subject if may_stop(one) and one in {subject for subject, _thing in causes})
    return Stop(subjects=subjects) if subjects else None


def _headers(person: Person, told: Told) -> dict[str, str]:
    headers = {"List-Id": f"<notices.{mail_domain()}>"}
    if stop := _stop_of_all(told):
        headers["List-Unsubscribe"] = f"<{absolute_url(stop_path(person, stop))}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
