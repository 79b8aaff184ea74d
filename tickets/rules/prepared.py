"""The fields of prepared replies, who may write them, and what a text needs before it is stored."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.languages import text_columns
from portal.text import field_in_language, is_blank
from tickets.models import PreparedReply

# The whole list: what each field stands for, as its author reads it.
FIELDS: dict[str, Promise] = {
    "name": gettext_lazy("the name of the person"),
    "reference": gettext_lazy("the reference number"),
    "subject": gettext_lazy("the subject of the request"),
    "body": gettext_lazy("the body that answers"),
    "due": gettext_lazy("until when a reply is promised"),
    "agent": gettext_lazy("the name of who answers"),
    "link": gettext_lazy("the page on which the person follows the request"),
}
# Not every request has these: the author says what stands in their place.
MAY_BE_MISSING = frozenset({"name", "due"})
LONGEST_TEXT = 5000
_FIELD = re.compile(r"\{\s*(\w+)\s*(?:\|([^{}|]*))?\}", re.ASCII)
_GROUP = re.compile(r"[{｛][^{}｛｝]*[}｝]?|[}｝]")


def may_write_prepared(user: Any, prepared: PreparedReply) -> bool:
    """Managers and administrators of its body may; those of the ministry write what all bodies are offered."""
    return holds(user, Role.MANAGER, organisation=prepared.organisation)


def fill_fields(text: str, values: Mapping[str, str]) -> str:
    """Put the values in, as plain text and once: braces within a value stay what they are."""
    return _each_field(text, lambda name, instead: values.get(name) or instead)


def text_problems(text: str) -> list[str]:
    """Return why this text cannot be stored: unknown fields, braces that are none, holes that would stay."""
    if len(text) > LONGEST_TEXT:
        return [_("Shorten the text to 5,000 characters at most.")]
    problems = [
        _("“%(field)s” is no field. These can be used: %(fields)s.") % {"field": group, "fields": field_list()}
        for group in dict.fromkeys(_GROUP.findall(text))
        if not _is_known(group)
    ]
    lacking = [name for name in sorted(MAY_BE_MISSING) if _has_hole(text, name)]
    return problems + [
        _("{%(field)s} may be unknown. Write what stands in its place after a bar: {%(field)s|…}.") % {"field": name}
        for name in lacking
    ]


def prepared_problems(prepared: PreparedReply) -> dict[str, list[str]]:
    """Return why it cannot be stored, by column; what speaks of the whole stands under the empty name."""
    columns = text_columns(PreparedReply)
    problems = {
        column: found
        for column in columns["text"].values()
        if (found := text_problems(getattr(prepared, column) or ""))
    }
    for code, column in columns["title"].items():
        if is_blank(getattr(prepared, column) or "") and not is_blank(getattr(prepared, columns["text"][code]) or ""):
            problems[column] = [_("Write a title for the text in this language.")]
    if all(is_blank(getattr(prepared, column) or "") for column in columns["text"].values()):
        problems[""] = [_("Write title and text in one language at least.")]
    return problems


def problem_sentences(problems: Mapping[str, list[str]]) -> list[str]:
    """Return the problems one by one, each with the text that it is about."""
    names = {
        column: field_in_language(PreparedReply._meta.get_field(field).verbose_name, code)
        for field, columns in text_columns(PreparedReply).items()
        for code, column in columns.items()
    }
    return [
        _("%(text)s: %(problem)s") % {"text": names[column], "problem": each} if column else each
        for column, found in problems.items()
        for each in found
    ]


def field_list() -> str:
    """Return all fields as they are written."""
    return " ".join(as_written(name) for name in FIELDS)


def as_written(name: str) -> str:
    """Return a field as its author writes it: with a bar where it may be missing."""
    return f"{{{name}|…}}" if name in MAY_BE_MISSING else f"{{{name}}}"


def _each_field(text: str, put: Callable[[str, str], str]) -> str:
    return _FIELD.sub(lambda found: put(found[1], (found[2] or "").strip()), text)


def _is_known(group: str) -> bool:
    found = _FIELD.fullmatch(group)
    return found is not None and found[1] in FIELDS


def _has_hole(text: str, name: str) -> bool:
    return any(found[1] == name and is_blank(found[2] or "") for found in _FIELD.finditer(text))
