"""How much may come from one source within an hour."""

from enum import Enum

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_ratelimit.core import get_usage, is_ratelimited

from portal.accounts.querysets import email_key
from portal.audit.services import record
from tickets.models import Ticket

# Forms that reach us, well or badly filled in: each may bring files to be looked into.
FORMS = "40/h"
# Of these, forms with files: each may bring fifty megabytes, which stay for three days.
FORMS_WITH_FILES = "20/h"
# Requests sent by guests from one network address, and with one e-mail address; beyond ``FREE`` each is confirmed.
GUESTS, SAME_EMAIL = "10/h", "5/h"
FREE, FREE_WITH_EMAIL = 3, 2
PEOPLE = "20/h"
MESSAGES = "30/h"
LOOKUPS = "10/h"
# New links of one request, whoever asks for them: each is a mail to its sender.
NEW_LINKS = "10/h"
# Wrong addresses of requests and files.
WRONG = "20/h"
# Sources of which the trail is told, all together.
TOLD = "100/h"


class Leave(Enum):
    """What a sending meets."""

    FREE = "free"
    CONFIRM = "confirm"
    NONE = "none"


def too_many_forms(request: HttpRequest) -> bool:
    """Count a form that was sent, whatever is in it."""
    if is_ratelimited(request, group="tickets.form", key="user_or_ip", rate=FORMS, increment=True):
        return True
    return bool(request.FILES) and is_ratelimited(
        request, group="tickets.form.files", key="user_or_ip", rate=FORMS_WITH_FILES, increment=True
    )


def leave_to_send(request: HttpRequest, email: str) -> Leave:
    """Count a request that is about to be sent, and say whether it may be, or be confirmed by e-mail first."""
    if request.user.is_authenticated:
        limited = is_ratelimited(request, group="tickets.send", key="user", rate=PEOPLE, increment=True)
        return Leave.NONE if limited else Leave.FREE
    by_address = get_usage(request, group="tickets.send", key="ip", rate=GUESTS, increment=True)
    by_email = get_usage(
        request, group="tickets.send.email", key=lambda group, _: email_key(email), rate=SAME_EMAIL, increment=True
    )
    known = [(usage, free) for usage, free in ((by_address, FREE), (by_email, FREE_WITH_EMAIL)) if usage is not None]
    if any(usage["should_limit"] for usage, _ in known):
        return Leave.NONE
    return Leave.CONFIRM if any(usage["count"] > free for usage, free in known) else Leave.FREE


def too_many_messages(request: HttpRequest) -> bool:
    """Count a message in a request."""
    return is_ratelimited(request, group="tickets.message", key="user_or_ip", rate=MESSAGES, increment=True)


def too_many_lookups(request: HttpRequest) -> bool:
    """Count somebody looking for their link."""
    return is_ratelimited(request, group="tickets.find", key="ip", rate=LOOKUPS, increment=True)


def too_many_new_links(request: HttpRequest, ticket: Ticket) -> bool:
    """Count a new link of a request."""
    return is_ratelimited(
        request, group="tickets.link", key=lambda group, _: ticket.code, rate=NEW_LINKS, increment=True
    )


def is_guessing(request: HttpRequest) -> bool:
    """Tell whether this source had twenty wrong addresses within the hour: then it opens nothing, right or wrong."""
    usage = get_usage(request, group="tickets.wrong", key="ip", rate=WRONG)
    return usage is not None and usage["count"] >= usage["limit"]


def count_wrong(request: HttpRequest) -> None:
    """Count a wrong address; the twentieth within an hour goes to the audit trail, and no further one is counted.

    So an outsider writes one row an hour at most, and all outsiders together a hundred. The row holds no token and no
    address, only what tells one source from another.
    """
    usage = get_usage(request, group="tickets.wrong", key="ip", rate=WRONG, increment=True)
    if usage is None or usage["count"] != usage["limit"]:
        return
    if not is_ratelimited(request, group="tickets.told", key=lambda group, _: "all", rate=TOLD, increment=True):
        source = salted_hmac("tickets.wrong", request.META.get("REMOTE_ADDR", "")).hexdigest()[:16]
        by = request.user if request.user.is_authenticated else None
        record("ticket.guessed", Ticket(code=source), by=by, data={"count": usage["count"]})
