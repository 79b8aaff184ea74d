"""The part of an issue that is each reader's own: what came of what they took part in since the issue before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from newsletter.choices import Frequency
from newsletter.models import Issue, Subscription
from portal.accounts.models import Person
from portal.mailings.emails import Personal
from portal.registry.sequels import Sequel
from portal.registry.sequels import sequels as sources

# Things told to one reader, and bytes of one line: relays take lines of 998.
MOST_TOLD = 5
LONGEST_LINE = 900
# Where there was no issue before: a week, and for monthly readers the longest time between two first Mondays.
_WEEK, _MONTH = timedelta(days=7), timedelta(days=35)
# Enough to find the last one of a first Monday among them, even when one was missed.
_LOOKED_BACK = 12
# As in the sheet of all mail, which is put into the edition before this part is.
_SHEET = """
.part { margin: 24px 0 0; padding: 24px 0 0; border-top: 1px solid #d5dcdd; }
h2 { margin: 0 0 8px; font-size: 17px; line-height: 1.5; font-weight: 600; }
ul { margin: 0 0 16px; }
a { color: #0b5d4b; }
"""


def personal_parts(deliveries: list[Any]) -> dict[int, Personal]:
    """Return by delivery what its reader alone is told, in the edition's language; nothing for whoever has nothing.

    Only mail to the address of the account says what its person took part in: whoever has another address in a
    subscription may share that mailbox. A fixed number of queries, however many readers and things there are.
    """
    owned = [one for one in deliveries if one.person_id]
    issue = Issue.objects.filter(mailing=owned[0].mailing_id).first() if owned else None
    if issue is None:
        return {}
    known = dict(Person.objects.filter(pk__in=[one.person_id for one in owned]).values_list("pk", "email_key"))
    owned = [one for one in owned if known.get(one.person_id) == one.email_key]
    rhythms = dict(Subscription.objects.filter(code__in=[one.member for one in owned]).values_list("code", "frequency"))
    since = _since(issue)
    people = {one.person_id for one in owned}
    told: dict[int, list[Sequel]] = {person: [] for person in people}
    for source in sources.values():
        for person, found in source(people, min(since.values()), issue.start_at).items():
            told[person] += found
    render = _renderer()
    parts: dict[int, Personal] = {}
    for one in owned:
        begins = since[Frequency(rhythms.get(one.member, Frequency.WEEKLY))]
        chosen = [sequel for sequel in told[one.person_id] if sequel.at > begins]
        if chosen:
            parts[one.pk] = render(_latest(chosen), one.language)
    return parts


def _since(issue: Issue) -> dict[Frequency, datetime]:
    """Return by rhythm when the issue before this one went out to such readers."""
    earlier = Issue.objects.published().filter(start_at__lt=issue.start_at)
    starts = list(earlier.values_list("start_at", flat=True)[:_LOOKED_BACK])
    zone = ZoneInfo(settings.NEWSLETTER_ZONE)
    firsts = [start for start in starts if start.astimezone(zone).day <= _WEEK.days]
    return {
        Frequency.WEEKLY: starts[0] if starts else issue.start_at - _WEEK,
        Frequency.MONTHLY: firsts[0] if firsts else issue.start_at - _MONTH,
    }


def _latest(told: list[Sequel]) -> list[Sequel]:
    by_key = {one.key: one for one in told}
    return sorted(by_key.values(), key=lambda one: (one.at, one.key), reverse=True)[:MOST_TOLD]


def _renderer() -> Callable[[list[Sequel], str], Personal]:
    """Return what writes a part; readers of one claim who are told the same share it."""
    written: dict[tuple[str, ...], Personal] = {}

    def render(told: list[Sequel], language: str) -> Personal:
        key = (language, *(one.key for one in told))
        if key not in written:
            written[key] = _part(told, language)
        return written[key]

    return render


def _part(told: list[Sequel], language: str) -> Personal:
    context = {"told": [(_cut(one.sentence(language)), one.path(language)) for one in told]}
    with translation.override(language):
        text = render_to_string("newsletter/mail/_sequels.txt", context)
        html = render_to_string("newsletter/mail/_sequels.html", context)
    return Personal(text=text.strip(), html=css_inline.inline_fragment(html.strip(), _SHEET))


def _cut(sentence: str) -> str:
    """Return the sentence on one line, shortened where it is longer than a line may be."""
    line = " ".join(sentence.split())
    if len(line.encode()) <= LONGEST_LINE:
        return line
    # An isolate that was opened is closed behind the cut.
    return line.encode()[: LONGEST_LINE - 10].decode(errors="ignore") + "…\u2069"
