"""Compiling translations: .po to .mo as msgfmt does, for machines without gettext."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = 0x950412DE
HEADER_SIZE = 28
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d+)\])?)\s*(".*")$')


class BrokenCatalogue(ValueError):
    """A line that is no part of a catalogue; the text names file and line."""


@dataclass
class Entry:
    """One message as written in the file."""

    fuzzy: bool = False
    context: str | None = None
    id: str | None = None
    plural: str | None = None
    strings: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        prefix = "" if self.context is None else f"{self.context}\x04"
        suffix = "" if self.plural is None else f"\x00{self.plural}"
        return f"{prefix}{self.id}{suffix}"

    @property
    def value(self) -> str:
        return "\x00".join(self.strings[index] for index in sorted(self.strings))

    @property
    def is_usable(self) -> bool:
        """A fuzzy or half translated message is left out, so that the English shows instead of something wrong."""
        is_header = self.id == "" and self.context is None
        return (
            self.id is not None and bool(self.strings) and all(self.strings.values()) and (is_header or not self.fuzzy)
        )


def unquote(quoted: str) -> str:
    """Return what stands between the quotation marks."""
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), quoted[1:-1])


def parse(text: str, *, name: str = "catalogue") -> Iterator[Entry]:
    """Give the entries of a .po file; obsolete ones (#~) are passed over."""
    entry, target = Entry(), ("", 0)
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        starts_new = line.startswith(("#", "msgctxt")) or (
            line.startswith("msgid") and not line.startswith("msgid_plural")
        )
        if starts_new and entry.strings:
            yield entry
            entry = Entry()
        if line.startswith("#"):
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
        elif match := KEYWORD.match(line):
            target = (match[1].partition("[")[0], int(match[2] or 0))
            _append(entry, target, unquote(match[3]))
        elif len(line) > 1 and line[0] == line[-1] == '"' and target[0]:
            _append(entry, target, unquote(line))
        elif line:
            raise BrokenCatalogue(f"{name}, line {number}: “{line}” is no part of a catalogue.")
    if entry.strings:
        yield entry


def _append(entry: Entry, target: tuple[str, int], text: str) -> None:
    keyword, index = target
    match keyword:
        case "msgctxt":
            entry.context = (entry.context or "") + text
        case "msgid":
            entry.id = (entry.id or "") + text
        case "msgid_plural":
            entry.plural = (entry.plural or "") + text
        case _:
            entry.strings[index] = entry.strings.get(index, "") + text


def binary(messages: dict[str, str]) -> bytes:
    """Return the content of a .mo file: two tables of length and place, then the texts."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    place = HEADER_SIZE + 16 * len(pairs)
    tables: list[bytes] = []
    texts: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), place))
            texts.append(pair[column] + b"\0")
            place += len(pair[column]) + 1
    header = struct.pack("<7I", MAGIC, 0, len(pairs), HEADER_SIZE, HEADER_SIZE + 8 * len(pairs), 0, 0)
    return b"".join([header, *tables, *texts])


def compile_file(source: Path) -> int:
    """Write the .mo beside a .po, whole or not at all; return how many messages it holds."""
    text = source.read_text(encoding="utf-8-sig")
    messages = {entry.key: entry.value for entry in parse(text, name=str(source)) if entry.is_usable}
    target = source.with_suffix(".mo")
    draft = target.with_suffix(".mo.new")
    draft.write_bytes(binary(messages))
    draft.replace(target)
    return len(messages)


def compile_stale(locale: Path) -> list[Path]:
    """Compile every catalogue that changed since it was last compiled."""
    compiled = []
    for source in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns <= source.stat().st_mtime_ns:
            compile_file(source)
            compiled.append(source)
    return compiled
