"""Secret links, weeks, and who may do what with an issue."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from newsletter.choices import ISSUE_MOVES, IssueState
from portal.accounts.choices import Role
from portal.accounts.rules import holds

_CODE = 10
_SIGNATURE = 24


def token_of(code: str, salt: str) -> str:
    """Return the token of a subscription's secret link: its code, and a signature over code and salt."""
    return code + _signature(code, salt)


def code_in(token: str) -> str:
    """Return the code of the subscription that a token claims to be of."""
    return token[:_CODE]


def is_token_of(token: str, code: str, salt: str) -> bool:
    """Tell whether the token opens this subscription."""
    return constant_time_compare(token, token_of(code, salt))


def _signature(code: str, salt: str) -> str:
    return salted_hmac("newsletter.link", f"{code}:{salt}", algorithm="sha256").hexdigest()[:_SIGNATURE]


def next_start(moment: datetime) -> datetime:
    """Return the next Monday's hour of sending after this moment, by the clock of the newsletter's zone."""
    zone = ZoneInfo(settings.NEWSLETTER_ZONE)
    local = moment.astimezone(zone)
    hour = time(settings.NEWSLETTER_HOUR)
    monday = local.date() + timedelta(days=-local.weekday() % 7)
    start = datetime.combine(monday, hour, tzinfo=zone)
    return start if start > moment else datetime.combine(monday + timedelta(days=7), hour, tzinfo=zone)


def week_of(start_at: datetime) -> tuple[int, int]:
    """Return the ISO year and week of an issue, by the newsletter's zone."""
    year, week, _ = start_at.astimezone(ZoneInfo(settings.NEWSLETTER_ZONE)).isocalendar()
    return year, week


def monday_of(year: int, week: int) -> date:
    """Return the Monday of an ISO week."""
    return date.fromisocalendar(year, week, 1)


def may_see(user: Any, issue: Any) -> bool:
    """Tell whether they may look at an issue that is being written: those who may write or approve one."""
    return holds(user, Role.EDITOR, Role.MANAGER, organisation=issue.organisation)


def may_edit(user: Any, issue: Any) -> bool:
    """Editors of the body may, and its administrators."""
    return holds(user, Role.EDITOR, organisation=issue.organisation)


def may_approve(user: Any, issue: Any) -> bool:
    """Editors and managers of the body may, but never the person who submitted the issue."""
    is_responsible = may_edit(user, issue) or holds(user, Role.MANAGER, organisation=issue.organisation)
    return is_responsible and issue.submitted_by_id is not None and user.pk != issue.submitted_by_id


def may_move(issue: Any, to: IssueState) -> bool:
    """Tell whether the table lets the issue go from where it stands to there."""
    return to in ISSUE_MOVES[IssueState(issue.state)]
