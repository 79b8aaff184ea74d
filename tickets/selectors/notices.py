"""How notices of requests read."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from portal.messaging.templatetags.mail import isolate
from portal.registry.notices import Shown
from tickets.models import Ticket

# By what happened; the receipt is none of it, for whoever gets one has just written.
SENTENCES = {
    "reply": gettext_lazy("There is an answer to your request “%(subject)s” (%(reference)s)."),
    "question": gettext_lazy("To go on with your request “%(subject)s” (%(reference)s) we need something from you."),
    "solved": gettext_lazy("Your request “%(subject)s” (%(reference)s) is solved: read the answer."),
    "passed_on": gettext_lazy("What you wrote is now the request “%(subject)s” (%(reference)s)."),
    "handed_over": gettext_lazy("Another body answers your request “%(subject)s” (%(reference)s) now."),
    "extended": gettext_lazy("The answer to your request “%(subject)s” (%(reference)s) takes longer: see why."),
    "waiting": gettext_lazy("We still wait for your answer to go on with your request “%(subject)s” (%(reference)s)."),
    "progress": gettext_lazy("Your request “%(subject)s” (%(reference)s) is still being worked on."),
    "closed": gettext_lazy("Your request “%(subject)s” (%(reference)s) is closed."),
    "infected": gettext_lazy("A virus was in a file of your request “%(subject)s” (%(reference)s): it was removed."),
}


def shown_requests(notices: Sequence[Any], person: Any) -> dict[int, Shown]:
    """Return how notices of a person's own requests read, in one query."""
    found = Ticket.objects.visible_to(person).filter(person=person, code__in={notice.key for notice in notices})
    tickets = {ticket.code: ticket for ticket in found}
    return {
        notice.pk: _shown(tickets[notice.key], str(SENTENCES[notice.data["what"]]))
        for notice in notices
        if notice.key in tickets and notice.data.get("what") in SENTENCES
    }


def _shown(ticket: Ticket, sentence: str) -> Shown:
    words = {"subject": isolate(ticket.subject), "reference": isolate(ticket.reference)}
    return Shown(sentence % words, reverse("tickets:ticket", args=[ticket.code]))
