"""Writing down what was counted in memory: how often articles were opened, what became of it, and how searches went."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from portal.cache import settled, taken, tally
from tickets.models import Article, ArticleReads, HelpOutcome, SearchCount

READS = "help.reads"
SEARCHES = "help.searches"
OUTCOMES = "help.outcomes"
# A request sent within so many days of reading an article was not spared by it.
ASKED_WITHIN = timedelta(days=7)
# In a session: the day on which it began to read help, and nothing else.
_READ_ON = "help_read_on"
RECENT_DAYS = 30
# Any number, as long as it is this one everywhere: two turns at once would count twice.
_LOCK = 7_116_001
_BATCH = 1000


@transaction.atomic
def count_reads() -> int:
    """Add what was counted since the last turn to the days' rows; returns how many openings these were.

    The memory is emptied a moment before the rows are committed: a crash between the two loses five minutes, and
    nothing is ever counted twice.
    """
    _one_at_a_time()
    counts = _by_article(taken(READS))
    for (article, language, day), count in counts.items():
        _add(article, language, day, count)
    settled(READS)
    return sum(counts.values())


@transaction.atomic
def count_searches() -> int:
    """Add the searches since the last turn to the days' rows; returns how many these were."""
    _one_at_a_time()
    counts: dict[tuple[date, str], Counter[str]] = {}
    for member, count in taken(SEARCHES).items():
        day, language, outcome = member.split()
        counts.setdefault((date.fromisoformat(day), language), Counter())[outcome] += count
    for (day, language), by_outcome in counts.items():
        row, _is_new = SearchCount.objects.get_or_create(day=day, language=language)
        SearchCount.objects.filter(pk=row.pk).update(
            found=F("found") + by_outcome["found"], missed=F("missed") + by_outcome["missed"]
        )
    settled(SEARCHES)
    return sum(sum(by_outcome.values()) for by_outcome in counts.values())


def note_reader(session: Any) -> None:
    """Count that somebody whose session is there anyhow opened an article: once within the days that follow."""
    if session.session_key and _reading_since(session) is None:
        session[_READ_ON] = timezone.localdate().isoformat()
        tally(OUTCOMES, f"{timezone.localdate()} readers")


def note_request(session: Any) -> None:
    """Count that a request was sent, where an article had been read within the days before."""
    day = _reading_since(session)
    if day is not None:
        del session[_READ_ON]
        tally(OUTCOMES, f"{day} asked")


def _reading_since(session: Any) -> date | None:
    with suppress(TypeError, ValueError):
        day = date.fromisoformat(session.get(_READ_ON))
        if timezone.localdate() <= day + ASKED_WITHIN:
            return day
    return None


@transaction.atomic
def count_outcomes() -> None:
    """Add what became of readers since the last turn to the days' rows."""
    _one_at_a_time()
    for member, count in taken(OUTCOMES).items():
        day, outcome = member.split()
        row, _is_new = HelpOutcome.objects.get_or_create(day=date.fromisoformat(day))
        HelpOutcome.objects.filter(pk=row.pk).update(**{outcome: F(outcome) + count})
    settled(OUTCOMES)


@transaction.atomic
def refresh_recent_reads(today: date | None = None) -> None:
    """Set each article's reads of the last 30 days, by which lists are ordered."""
    since = (today or timezone.localdate()) - timedelta(days=RECENT_DAYS)
    recent = dict(
        ArticleReads.objects.filter(day__gt=since).values_list("article").annotate(reads=Sum("count")).order_by()
    )
    changed = []
    for article in Article.objects.only("pk", "recent_reads").iterator(_BATCH):
        reads = recent.get(article.pk, 0)
        if article.recent_reads != reads:
            article.recent_reads = reads
            changed.append(article)
    Article.objects.bulk_update(changed, ["recent_reads"], batch_size=_BATCH)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _by_article(counted: dict[str, int]) -> Counter[tuple[int, str, date]]:
    """Return the counts by article; what is no public article any more is dropped."""
    members = {member: member.split() for member in counted}
    found = Article.objects.public().filter(code__in={code for _day, _language, code in members.values()})
    articles = dict(found.values_list("code", "pk"))
    known = dict(settings.LANGUAGES)
    counts: Counter[tuple[int, str, date]] = Counter()
    for member, (day, language, code) in members.items():
        if code in articles and language in known:
            counts[articles[code], language, date.fromisoformat(day)] += counted[member]
    return counts


def _add(article: int, language: str, day: date, count: int) -> None:
    """Insert the day's row, or add to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_articlereads (article_id, language, day, count) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (article_id, language, day) DO UPDATE"
            " SET count = tickets_articlereads.count + excluded.count",
            [article, language, day, count],
        )
