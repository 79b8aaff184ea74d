"""What an anonymous survey's rows may say beside the answers, so that no row stands in too small a group.

See docs/decisions/0026. Every group of rows that look alike by these columns has at least ``SMALLEST`` rows; what the
columns of a smaller one would say is left empty, step by step.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

# Sheets. Fewer are never shown apart.
SMALLEST = 10
# What a row may say, in this order, and how it says less and less: so many of them are kept.
SAID = ("language", "channel", "organisation_kind", "week")
STEPS = (4, 3, 1, 0)

Said = tuple[str, ...]
NOTHING_SAID: Said = ("",) * len(SAID)


def hidden_by_step(counts: Mapping[Said, int], smallest: int = SMALLEST) -> dict[Said, Said] | None:
    """Return for each combination what may be said of its rows; None where all together are too few.

    Combinations that are large enough are said whole. The others say less: first the week is left out, then all but
    the language, then everything. What is left at the end takes the smallest groups with it until it is large enough:
    otherwise totals told elsewhere would give it away.
    """
    if sum(counts.values()) < smallest:
        return None
    said: dict[Said, Said] = {}
    rest = dict(counts)
    for kept in STEPS[:-1]:
        groups = _grouped(rest, kept)
        for combination in list(rest):
            if groups[_shortened(combination, kept)] >= smallest:
                said[combination] = _shortened(combination, kept)
                del rest[combination]
    said |= dict.fromkeys(rest, NOTHING_SAID)
    while rest and 0 < sum(rest.values()) < smallest:
        shown = Counter()
        for combination, words in said.items():
            shown[words] += counts[combination]
        del shown[NOTHING_SAID]
        # By size and then by name, so that the same rows always say the same.
        least = min(shown, key=lambda words: (shown[words], words))
        for combination in [one for one, words in said.items() if words == least]:
            said[combination] = NOTHING_SAID
            rest[combination] = counts[combination]
    return said


def _grouped(counts: Mapping[Said, int], kept: int) -> Mapping[Said, int]:
    found: dict[Said, int] = defaultdict(int)
    for combination, count in counts.items():
        found[_shortened(combination, kept)] += count
    return found


def _shortened(combination: Iterable[str], kept: int) -> Said:
    words = tuple(combination)
    return words[:kept] + ("",) * (len(SAID) - kept)
