"""Fill the English catalogue with what the code says; run by the environment's Python, since it needs polib."""

import sys

import polib


def fill(path: str) -> None:
    """Give each message without a translation its own words, and let none be fuzzy."""
    catalogue = polib.pofile(path, wrapwidth=0)
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    catalogue.save()


if __name__ == "__main__":
    fill(sys.argv[1])
