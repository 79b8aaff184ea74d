"""Definitions of indicators: what comes with the program, and what managers change."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.insight.models import KpiDefinition
from portal.insight.selectors.periods import months_before, this_month

_CONTENT = Path(__file__).parent.parent / "content"
_FILES = (
    "participation.toml",
    "moderation.toml",
    "support.toml",
    "newsletter.toml",
    "pages.toml",
    "surveys.toml",
    "beneficiary_centred.toml",
)
_TEXTS = ("name", "definition", "formula", "method")
_LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh_hans"}
# What a manager's change leaves in the trail with its value: the rest are texts, of which the trail keeps the name.
_TRACED = ("target", "review_on", "is_public", "owner_id")


def load_definitions() -> None:
    """Create the definitions that are missing; those that exist are left as people have edited them.

    Only what belongs to the program (unit, direction, measuring function, position) follows it, and with the first
    measuring function the texts that said “not measured yet”. Without a public body nobody could own an indicator:
    then nothing is created yet.
    """
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    known = {kpi.code: kpi for kpi in KpiDefinition.objects.all()}
    for position, entry in enumerate(_entries(), start=1):
        owner = Organisation.objects.filter(code=entry["owner"]).first() or ministry
        if entry["code"] in known:
            _keep_in_step(known[entry["code"]], entry, position)
        elif owner is not None:
            _define(entry, owner, position)


def publish_marked() -> None:
    """Publish what the content marks as public: for the demonstration, where no manager has chosen."""
    marked = [entry["code"] for entry in _entries() if entry["public"]]
    KpiDefinition.objects.filter(code__in=marked, is_public=False).update(is_public=True)


def _entries() -> Iterator[dict[str, Any]]:
    for name in _FILES:
        yield from tomllib.loads((_CONTENT / name).read_text(encoding="utf-8"))["kpis"]


def _texts(entry: dict[str, Any]) -> dict[str, str]:
    return {f"{name}_{field}": entry[name][code] for name in _TEXTS for code, field in _LANGUAGES.items()}


def _program(entry: dict[str, Any], position: int) -> dict[str, Any]:
    source = entry.get("source", entry["code"]) if entry["measured"] else ""
    return {"unit": entry["unit"], "direction": entry["direction"], "source": source, "position": position}


def _keep_in_step(kpi: KpiDefinition, entry: dict[str, Any], position: int) -> None:
    fields = _program(entry, position)
    if fields["source"] and not kpi.source:
        fields |= _texts(entry)
    changed = {name: value for name, value in fields.items() if getattr(kpi, name) != value}
    if changed:
        KpiDefinition.objects.filter(pk=kpi.pk).update(**changed)


def _define(entry: dict[str, Any], owner: Organisation, position: int) -> None:
    KpiDefinition.objects.get_or_create(
        code=entry["code"],
        defaults={
            **_texts(entry),
            **_program(entry, position),
            "target": entry.get("target"),
            "owner": owner,
            "review_on": months_before(this_month(), -entry["review_months"]),
            "is_public": entry["public"],
        },
    )


@transaction.atomic
def save_definition(definition: KpiDefinition, *, by: Person, changed: Iterable[str]) -> KpiDefinition:
    """Save an edited definition; the trail says which fields changed, and of target, review and owner how."""
    before = KpiDefinition.objects.select_for_update(no_key=True).get(pk=definition.pk)
    definition.save()
    values = {
        name: [_plain(getattr(before, name)), _plain(getattr(definition, name))]
        for name in _TRACED
        if getattr(before, name) != getattr(definition, name)
    }
    record("indicator.changed", definition, by=by, data={"fields": sorted(changed), **values})
    return definition


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | None) else str(value)
