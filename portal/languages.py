"""Texts in several languages: which of them are missing, and which say what the others no longer say.

The rule, as editors read it under every form: *when the meaning of a text changes in one language, the languages that
were not changed with it are behind, until they are changed too or somebody has checked them.*

- Only a text that was up to date itself pulls others behind: whoever changes one that is behind brings it up to date.
- “Only the wording changed” marks nothing, and brings nothing up to date.
- A text written where there was none is up to date; one that is taken away is missing, not behind.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language_info


class Translated(models.Model):
    """A thing whose texts may fall behind. ``behind`` holds since when, by column: ``{"title_en": "2026-11-22T…"}``."""

    behind = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Revision:
    """What the person who saved says of the change: only the wording, and which columns they have checked."""

    wording_only: bool = False
    checked: frozenset[str] = frozenset()

    @property
    def facts(self) -> dict[str, Any]:
        """What of it stands in the trail."""
        said = {"wording_only": True} if self.wording_only else {}
        return said | ({"checked": sorted(self.checked)} if self.checked else {})


MEANING = Revision()


# As people write it: Django's own name of Arabic carries a vowel mark.
_OWN_NAMES = {"ar": "العربية"}


def own_name(code: str) -> str:
    """Return what those who speak a language call it: whoever looks for theirs may not read the page's."""
    return _OWN_NAMES.get(code) or get_language_info(code)["name_local"]


def text_columns(model: type[models.Model]) -> dict[str, dict[str, str]]:
    """Return the columns of each translated field: ``{"title": {"ar": "title_ar", …}}``, in the portal's order."""
    found: dict[str, dict[str, str]] = {}
    for column in model._meta.concrete_fields:
        if original := getattr(column, "translated_field", None):
            found.setdefault(original.name, {})[column.language] = column.name
    order = [code for code, _name in settings.LANGUAGES]
    return {field: {code: columns[code] for code in order if code in columns} for field, columns in found.items()}


def revise(obj: Translated, before: Mapping[str, Any], revision: Revision = MEANING) -> None:
    """Mark on the object, before it is saved, which of its texts are behind now.

    ``before`` is the stored row (``portal.audit.services.stored``), empty for a new one.
    """
    behind: dict[str, str] = dict(before.get("behind") or {})
    for columns in text_columns(type(obj)).values():
        earlier = {column: _plain(before.get(column)) for column in columns.values()}
        texts = {column: _plain(getattr(obj, column)) for column in columns.values()}
        _revise_field(behind, earlier, texts, revision)
    obj.behind = behind


def _revise_field(
    behind: dict[str, str], earlier: Mapping[str, str], texts: Mapping[str, str], revision: Revision
) -> None:
    changed = {column for column in texts if texts[column] != earlier[column]}
    means_otherwise = any(earlier[column] and texts[column] and column not in behind for column in changed)
    for column, text in texts.items():
        is_new = column in changed and not earlier[column]
        caught_up = column in changed and not revision.wording_only
        if not text or is_new or caught_up or column in revision.checked:
            behind.pop(column, None)
        elif means_otherwise and not revision.wording_only and column not in changed:
            behind.setdefault(column, timezone.now().isoformat(timespec="seconds"))


def written_texts(obj: models.Model, field: str) -> dict[str, str]:
    """Return a field's texts by language, those that are not written left out: nothing stands in for another."""
    found = {code: getattr(obj, column) or "" for code, column in text_columns(type(obj))[field].items()}
    return {code: text for code, text in found.items() if text.strip()}


def missing_texts(obj: models.Model) -> set[str]:
    """Return the columns that are empty while the same field is written in another language."""
    return {
        column
        for columns in text_columns(type(obj)).values()
        if any(getattr(obj, other) for other in columns.values())
        for column in columns.values()
        if not getattr(obj, column)
    }


def behind_texts(obj: models.Model) -> dict[str, str]:
    """Return since when which columns are behind; nothing for things that do not tell."""
    return getattr(obj, "behind", None) or {}


def missing_in(model: type[models.Model], language: str) -> models.Q:
    """Return the condition for things that lack a text in this language which another has."""
    condition = models.Q(pk__in=[])
    for columns in text_columns(model).values():
        others = models.Q()
        for other in columns.values():
            others |= models.Q(**{f"{other}__gt": ""})
        condition |= others & (models.Q(**{columns[language]: ""}) | models.Q(**{f"{columns[language]}__isnull": True}))
    return condition


def behind_in(model: type[models.Model], language: str) -> models.Q:
    """Return the condition for things of which a text in this language is behind."""
    return models.Q(behind__has_any_keys=[columns[language] for columns in text_columns(model).values()])


def wanting(model: type[models.Model]) -> models.Q:
    """Return the condition for things of which a text is missing or behind in any language."""
    condition = models.Q(pk__in=[])
    for code, _name in settings.LANGUAGES:
        condition |= missing_in(model, code)
        condition |= behind_in(model, code) if issubclass(model, Translated) else models.Q()
    return condition


def languages_of(model: type[models.Model], columns: Mapping[str, Any] | set[str]) -> Iterator[str]:
    """Give the languages in which one of these columns is written, in the portal's order."""
    for code, _name in settings.LANGUAGES:
        if any(by_language[code] in columns for by_language in text_columns(model).values()):
            yield code


def _plain(text: Any) -> str:
    # Browsers end lines in their own way: that is no change.
    return str(text or "").replace("\r\n", "\n").strip()
