"""What is known of invitations: who is left out and why, how many answered, whom a link belongs to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from portal import registry
from portal.mailings.choices import DeliveryState
from portal.mailings.emails import TOKEN_SLOT
from portal.mailings.models import Delivery, Suppression
from portal.messaging.choices import MessageState
from portal.registry.audiences import audiences
from surveys.choices import TELLING_LEFT_OUT, LeftOut, SendingKind, State
from surveys.models import Invitee, Inviting, NoInvitations, Participation, Sending, Survey
from surveys.rules.inviting import TOKEN_LENGTH, counted_from, hash_of_token, token_for
from surveys.selectors.structure import questionnaire_in

PURPOSE = "survey"
# Below this no rate is told of an anonymous survey, and not how many answered.
LEAST = 10


@dataclass(frozen=True)
class Response:
    """How many of those who were invited answered.

    ``invited`` were written to; of these ``bounced`` had nothing but what came back, and ``delivered`` is what the
    mail relay took: the base of the ``rate``. ``answered`` and ``rate`` are None where too few were invited or answered
    an anonymous survey, and the rate where nothing arrived.
    """

    invited: int
    delivered: int
    bounced: int
    answered: int | None
    rate: float | None

    @property
    def per_cent(self) -> float | None:
        """The rate as pages show it."""
        return None if self.rate is None else 100 * self.rate

    @property
    def is_suppressed(self) -> bool:
        """True where figures are kept back."""
        return self.answered is None


def response(survey: Survey) -> Response:
    """Return the response to invitations, in a fixed number of queries."""
    written = Inviting.objects.written().filter(sending__survey=survey)
    invitees = Invitee.objects.filter(~Q(occasion="") | Q(pk__in=written.values("invitee")), survey=survey)
    was_asked = Q(asked__message__state=MessageState.SENT)
    arrived = invitees.filter(Q(_delivery(DeliveryState.SENT)) | was_asked)
    lost = [MessageState.FAILED, MessageState.BOUNCED, MessageState.COMPLAINED]
    failed = Q(asked__message__state__in=lost)
    returned = Q(_delivery(DeliveryState.BOUNCED, DeliveryState.COMPLAINED)) | failed
    came_back = invitees.filter(returned).exclude(pk__in=arrived.values("pk"))
    invited, delivered, bounced = invitees.count(), arrived.count(), came_back.count()
    answered = arrived.filter(_has_answered()).count()
    if survey.is_anonymous and (delivered < LEAST or answered < LEAST):
        return Response(invited, delivered, bounced, None, None)
    return Response(invited, delivered, bounced, answered, answered / delivered if delivered else None)


def response_by_group(start: datetime, end: datetime) -> list[tuple[int, str, int, int]]:
    """Return body, language, how many first invitations of a time arrived, and how many of them were answered by now.

    For indicators, which withhold what is small: no survey is told apart here.
    """
    first = Inviting.objects.written().exclude(sending__kind=SendingKind.REMINDER).filter(at__gte=start, at__lt=end)
    arrived = Invitee.objects.filter(_delivery(DeliveryState.SENT), pk__in=first.values("invitee"))
    counted = arrived.order_by().values_list("survey__organisation", "language")
    return list(counted.annotate(delivered=Count("pk"), answered=Count("pk", filter=_has_answered())))


def _delivery(*states: DeliveryState) -> Exists:
    found = Delivery.objects.filter(mailing__survey_sending__survey=OuterRef("survey"), state__in=states)
    return Exists(found.filter(member=OuterRef("code")))


def _has_answered(prefix: str = "") -> Q:
    """Return the condition that a token was spent, or that its owner answered by their account."""
    of_survey = Participation.objects.filter(survey=OuterRef(f"{prefix}survey"))
    by_token = Exists(of_survey.filter(token_hash=OuterRef(f"{prefix}token_hash")))
    return Q(by_token) | Q(Exists(of_survey.filter(person=OuterRef(f"{prefix}person"))))


def reasons_against(sending: Sending, moment: datetime) -> list[tuple[LeftOut, Q]]:
    """Return why somebody of a sending is not written to at this moment, the first reason first."""
    is_reminder = sending.kind == SendingKind.REMINDER
    blocked = Q(invitee__person__is_active=False) | Q(invitee__person__erased_at__isnull=False)
    of_address = {"address_hash": OuterRef("invitee__address_hash")}
    languages = questionnaire_in(sending.survey.version).languages
    lately = Inviting.objects.written().filter(at__gt=counted_from(moment))
    earlier = Inviting.objects.written().filter(invitee=OuterRef("invitee")).exclude(sending=sending)
    return [
        (LeftOut.BLOCKED, blocked | Q(invitee__nonce="")),
        (LeftOut.SUPPRESSED, Q(Exists(Suppression.objects.filter(**of_address)))),
        (LeftOut.STOPPED, Q(Exists(NoInvitations.objects.filter(**of_address)))),
        (LeftOut.ANSWERED, _has_answered("invitee__")),
        *([(LeftOut.BOUNCED, Q(_came_back()))] if is_reminder else [(LeftOut.INVITED, Q(Exists(earlier)))]),
        (LeftOut.LANGUAGE, ~Q(invitee__language__in=languages)),
        # Two questions and not one with “or”: each has its index.
        (LeftOut.WEEK, Q(Exists(lately.filter(invitee__email_key=OuterRef("invitee__email_key"))))),
        (LeftOut.WEEK, Q(Exists(lately.filter(invitee__person=OuterRef("invitee__person"))))),
    ]


def _came_back() -> Exists:
    states = [DeliveryState.BOUNCED, DeliveryState.COMPLAINED]
    found = Delivery.objects.filter(mailing__survey_sending__survey=OuterRef("invitee__survey"), state__in=states)
    return Exists(found.filter(member=OuterRef("invitee__code")))


@dataclass(frozen=True)
class Line:
    """So many are left out, and why."""

    label: Any
    count: int


def left_out(sending: Sending) -> list[Line]:
    """Return how many of a sending are left out by reason.

    In an anonymous survey reasons are put together that would tell of a single person whether they have answered.
    """
    found = Counter(sending.invitings.exclude(left_out="").values_list("left_out", flat=True))
    telling = TELLING_LEFT_OUT if sending.survey.is_anonymous else frozenset()
    lines = [Line(reason.label, found[reason]) for reason in LeftOut if found[reason] and reason not in telling]
    together = sum(found[reason] for reason in telling)
    if together:
        label = _("They have answered, want no invitations, or cannot be reached by mail")
        lines.insert(0, Line(label, together))
    return lines


def told_audience(sending: Sending) -> tuple[str, str]:
    """Return the name of a sending's audience, and what was chosen there."""
    if sending.kind == SendingKind.REMINDER:
        return _("Those who were invited and have not answered"), ""
    entry = audiences.get(sending.audience)
    return (str(entry.label), entry.told(sending.parameters)) if entry else (sending.audience, "")


def invitee_of(token: str) -> Invitee | None:
    """Return whom a token belongs to; None for one that nobody was given."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    found = Invitee.objects.filter(token_hash=hash_of_token(token))
    return found.select_related("survey__organisation", "survey__version").first()


def person_invited(survey: Survey, token_hash: str) -> int | None:
    """Return the id of the person whose invitation this is, where the portal knows them."""
    return Invitee.objects.filter(survey=survey, token_hash=token_hash).values_list("person_id", flat=True).first()


# What the sender of mailings asks


def leave_path(language: str) -> str:
    """Return the path of the one-click header, with the slot for the token."""
    with translation.override(language):
        return reverse("surveys:no_invitations", args=[TOKEN_SLOT])


def tokens(deliveries: Iterable[Any]) -> dict[int, str]:
    """Return the token of each delivery's invitee; those have none who need not, cannot or will not answer any more.

    Asked just before a copy goes out, which may be days after it was confirmed.
    """
    members = [one.member for one in deliveries]
    stopped = NoInvitations.objects.filter(address_hash=OuterRef("address_hash"))
    found = Invitee.objects.known().filter(~_has_answered(), ~Exists(stopped), code__in=members)
    active = found.exclude(person__is_active=False).select_related("survey")
    by_code = {one.code: token_for(one.nonce, one.token_hash) for one in active if one.survey.state == State.OPEN}
    return {one.pk: by_code[one.member] for one in deliveries if by_code.get(one.member)}


def purpose(ended: Any) -> registry.MailingPurpose:
    """Return why invitations go to many."""
    return registry.MailingPurpose(
        label=_("Invitations to surveys"), list_id="surveys", leave_path=leave_path, tokens=tokens, ended=ended
    )
