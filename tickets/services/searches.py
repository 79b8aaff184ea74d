"""What was searched for in vain, kept for editors: never who asked, and nothing that looks like a person's own."""

import re
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from portal.audit.services import record
from portal.cache import tally
from portal.text import western_digits
from tickets.models import SearchMiss
from tickets.services.figures import SEARCHES

# Longer ones tell a story; more than these are nobody's list of work.
LONGEST, MOST_WORDS = 80, 8
MOST_KEPT = 2000
# Addresses, and runs of digits as in telephones, identity cards and accounts, however they are grouped.
_ADDRESS = re.compile(r"@|://|www\.|\.(?:com|net|org|sa|ae|qa)\b")
_NUMBER = re.compile(r"\d(?:[\s().+/-]?\d){4,}")


def count_search(language: str, *, has_found: bool) -> None:
    """Count a search for the day's figures."""
    tally(SEARCHES, f"{timezone.localdate()} {language} {'found' if has_found else 'missed'}")


def is_personal(text: str) -> bool:
    """Tell whether a query looks like something of a person's own, or is too long to be a question of many."""
    plain = western_digits(text).casefold()
    is_long = len(plain) > LONGEST or len(plain.split()) > MOST_WORDS
    return is_long or bool(_ADDRESS.search(plain) or _NUMBER.search(plain))


@transaction.atomic
def record_miss(words: str, language: str) -> bool:
    """Keep normalised words that led to nothing, or count them once more; False for what is not kept.

    Beyond 2,000 of a language, the one asked least and longest ago gives way.
    """
    if not words or is_personal(words):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_searchmiss (language, words, count, last_at) VALUES (%s, %s, 1, %s)"
            " ON CONFLICT (language, words) DO UPDATE"
            " SET count = tickets_searchmiss.count + 1, last_at = excluded.last_at, settled_at = NULL"
            " RETURNING count",
            [language, words, timezone.now()],
        )
        (times,) = cursor.fetchone()
    if times == 1:
        _make_room(language, words)
    return True


@transaction.atomic
def settle_miss(miss: SearchMiss, *, by: Any) -> SearchMiss:
    """Take it off the list of work, until it is searched for in vain again."""
    miss = SearchMiss.objects.select_for_update(no_key=True).get(pk=miss.pk)
    if miss.settled_at is None:
        miss.settled_at = timezone.now()
        miss.save(update_fields=["settled_at"])
        record("search_miss.settled", miss, by=by)
    return miss


def _make_room(language: str, newest: str) -> None:
    kept = SearchMiss.objects.filter(language=language)
    surplus = kept.count() - MOST_KEPT
    if surplus > 0:
        least = kept.exclude(words=newest).order_by("count", "last_at").values("pk")[:surplus]
        kept.filter(pk__in=list(least.values_list("pk", flat=True))).delete()
