"""How moderation reaches what it decides about: through the kinds that apps registered, never by import."""

from dataclasses import dataclass
from typing import Any

from portal import registry
from portal.registry import Intake, Kind, Place, kinds


@dataclass(frozen=True)
class Target:
    """The thing a case is about, with its entry in the registry: all that moderation knows of it."""

    entry: Kind
    obj: Any

    def is_by(self, user: Any) -> bool:
        """Tell whether this user wrote it."""
        author = self.entry.author(self.obj)
        return author is not None and author.pk == user.pk

    def is_reportable_by(self, user: Any) -> bool:
        """Tell whether this user, or a guest, sees it and may report it."""
        return self.entry.reportable_by(self.obj, user)

    @property
    def url(self) -> str:
        """Its address in the active language."""
        return self.entry.url(self.obj)

    @property
    def place(self) -> Place | None:
        """The page on which it stands, where its kind names one."""
        return self.entry.place(self.obj)

    @property
    def text(self) -> str:
        """What it says now."""
        return self.entry.text(self.obj)

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.entry.language(self.obj)

    @property
    def author(self) -> Any:
        """Who wrote it, or None."""
        return self.entry.author(self.obj)


def find_target(kind: str, key: str) -> Target | None:
    """Return the thing of this soft reference, or None."""
    obj = kinds[kind].get(key) if kind in kinds else None
    return Target(kinds[kind], obj) if obj is not None else None


def intake() -> Intake | None:
    """Return where a text that is a request is passed on to; None in a portal without support."""
    return next(iter(registry.intake.values()), None)
