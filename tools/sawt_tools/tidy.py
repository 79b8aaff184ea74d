"""Tidy freshly extracted catalogues; run by the environment's Python, since it needs polib."""

import sys
from pathlib import Path

import polib

HEADER = "Sentences of Sawt. Extract them anew with `make messages`."
# Times and names that would change with each extraction, and tell nothing git does not know.
NOISE = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Report-Msgid-Bugs-To")


def tidy(path: Path) -> None:
    """Give the catalogue a quiet header; the English one says what the code says."""
    language = path.parent.parent.name
    catalogue = polib.pofile(str(path), wrapwidth=0)
    catalogue.header = HEADER
    catalogue.metadata_is_fuzzy = False
    kept = {name: value for name, value in catalogue.metadata.items() if name not in NOISE}
    catalogue.metadata = kept | {"Project-Id-Version": "Sawt", "Language": language}
    if language == "en":
        fill(catalogue)
    catalogue.save()


def fill(catalogue: polib.POFile) -> None:
    """Let each message be its own translation, and none a guess."""
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None


if __name__ == "__main__":
    for name in sys.argv[1:]:
        tidy(Path(name))
