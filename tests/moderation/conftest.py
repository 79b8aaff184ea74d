"""A body, its moderator, an author, a note and a report."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation import services
from moderation.models import Case
from portal import registry
from portal.accounts.choices import Role
from tests.factories import GroundFactory, OrganisationFactory, PersonFactory, staff
from tests.moderation.notes import Note, NoteKind

INSULT = "The idea is good, but whoever wrote this article is an ignorant fool."


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> NoteKind:
    """Register the kind “note” for one test."""
    kind = NoteKind()
    monkeypatch.setitem(registry.kinds._entries, "note", kind)
    return kind


@pytest.fixture
def body(db: None) -> Any:
    return OrganisationFactory()


@pytest.fixture
def moderator(body: Any) -> Any:
    return staff(Role.MODERATOR, body)


@pytest.fixture
def author(db: None) -> Any:
    return PersonFactory(language="en", display_name="Khalid")


@pytest.fixture
def ground(db: None) -> Any:
    return GroundFactory(number=2)


@pytest.fixture
def note(notes: NoteKind, body: Any, author: Any) -> Note:
    return notes.add(Note("note1", INSULT, author, body, context="The shared fund should be run by the associations."))


@pytest.fixture
def open_case(notes: NoteKind, body: Any, ground: Any) -> Callable[..., Case]:
    """Return a function that reports a further note and gives its case."""

    def report(code: str, *, organisation: Any = None, author: Any = None, text: str = INSULT, **fields: Any) -> Case:
        notes.add(Note(code, text, author or PersonFactory(), organisation or body, **fields))
        return services.report("note", code, ground=ground, reporter=None).case

    return report


@pytest.fixture
def case(note: Note, ground: Any) -> Case:
    """A waiting case of one report by a guest."""
    return services.report("note", note.code, ground=ground, note="Look at the end.", reporter=None).case
