"""Support over a million requests and ten thousand help articles."""

from bench import desk, figures, promises, searching, speed
from bench.asking import Asking
from bench.measures import Measure

# Searches are many kinds; each differs little from one round to the next.
SEARCH_ROUNDS, SEARCH_SECONDS = 5, 1.0
PAGE = "page with one query"


def without_server() -> list[Measure]:
    """Measure what needs no web server: queries, the desk's first pages, promises, and what the clock does."""
    most = desk.most_queries()
    ratio, views = desk.by_size()
    print("desk, 1,000,000 requests ÷ 1,000: " + _told(views))
    additions, kinds = promises.additions_a_second()
    print("additions a second: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in kinds.items()))
    tick = promises.quiet_tick()
    month = figures.of_a_month()
    print(f"a tick that finds nothing new {tick:.2f} s")
    print(f"a month's figures of support {sum(month.values()):.1f} s: " + _told(month))
    seconds, facts = promises.recount_after_holiday()
    print(f"holiday: {facts['promises']:,} promises of {facts['requests']:,} open requests in {seconds:.1f} s")
    return [
        Measure("Desk with 1,000,000 requests, any view: SQL queries", most, 12, "at_most"),
        Measure("Desk's first page with 1,000,000 requests ÷ with 1,000, slowest view", ratio, 1.5, "at_most"),
        Measure("Additions of working time a second", additions, 20_000, "at_least"),
        Measure("Seconds to reckon 100,000 open requests anew after a holiday", seconds, 60, "at_most"),
    ]


def with_server(address: tuple[str, int], sessions: list[str]) -> list[Measure]:
    """Measure opening requests and searching beside the page with one query."""
    one_query = {"one query": (speed.one_query, 200)}
    asking = Asking(sessions)
    opened = speed.rates(address, one_query | asking.asked())
    asking.check()
    opened["open"] = speed.together(opened, "fill in", "send")
    kinds = searching.asked()
    found = speed.rates(address, one_query | kinds, rounds=SEARCH_ROUNDS, seconds=SEARCH_SECONDS)
    searches = {kind: speed.ratio(found, kind, "one query") for kind in kinds}
    print("searches ÷ page with one query: " + _told(searches))
    slowest = min(searches.values())
    return [
        Measure(
            f"Opening a request, form and sending ÷ {PAGE}", speed.ratio(opened, "open", "one query"), 0.08, "at_least"
        ),
        Measure(f"Search in 10,000 articles, slowest kind ÷ {PAGE}", slowest, 0.15, "at_least"),
    ]


def _told(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())
