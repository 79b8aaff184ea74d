"""A small kind of thing to moderate, kept in memory: what moderation needs to know of its target, and no more."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from portal.registry import Kind


@dataclass
class Note:
    """A note in somebody's name; ``acts`` keeps what was done to it, in order."""

    code: str
    text: str
    author: Any
    organisation: Any
    language: str = "en"
    context: str = ""
    is_shown: bool = True
    acts: list[str] = field(default_factory=list)


class NoteKind(Kind):
    """Notes by code."""

    name = "note"
    label = "Note"

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}

    def add(self, note: Note) -> Note:
        self.notes[note.code] = note
        return note

    def get(self, key: str) -> Note | None:
        return self.notes.get(key)

    def title(self, obj: Note) -> str:
        return obj.text[:20]

    def text(self, obj: Note) -> str:
        return obj.text

    def language(self, obj: Note) -> str:
        return obj.language

    def url(self, obj: Note) -> str:
        return f"/{get_language()}/notes/{obj.code}/"

    def author(self, obj: Note) -> Any:
        return obj.author

    def organisation(self, obj: Note) -> Any:
        return obj.organisation

    def context(self, obj: Note) -> str:
        return obj.context

    def reportable_by(self, obj: Note, user: Any) -> bool:
        return obj.is_shown

    def hide(self, obj: Note, *, ground: Any, by: Any) -> None:
        obj.is_shown = False
        obj.acts.append(f"hidden {ground.number} by {by.pk}")

    def restore(self, obj: Note, *, by: Any) -> None:
        obj.is_shown = True
        obj.acts.append(f"restored by {by.pk}")

    def author_figures(self, obj: Note) -> dict[str, Any]:
        return {"since": obj.author.date_joined, "written": 41, "hidden": 1}
