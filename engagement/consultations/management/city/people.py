"""The people of the city: without passwords, so that nobody signs in as them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from portal.accounts.choices import ParticipantKind, Verification
from portal.accounts.models import Person
from portal.registry import DemoStage
from portal.text import CODE_ALPHABET
from portal.web.management.copying import copy_rows

DOMAIN = "city.demo.example"
LANGUAGES = ["ar", "en", "zh-hans"]
LANGUAGE_WEIGHTS = [70, 20, 10]
_KINDS = [ParticipantKind.INDIVIDUAL, ParticipantKind.ENTITY, ParticipantKind.EXPERT, ParticipantKind.ACADEMIC]
_FIELDS = [
    *("password", "is_superuser", "code", "email", "email_key", "display_name", "full_name", "language"),
    *("kind", "verification", "is_active", "is_staff", "date_joined"),
]


@dataclass(frozen=True, slots=True)
class Citizen:
    """What the other loaders need of a person."""

    pk: int
    language: str
    is_verified: bool
    joined: datetime


def people(stage: DemoStage, content: dict[str, Any], count: int) -> list[Citizen]:
    """Return the city's people, written on the first run."""
    if not Person.objects.filter(email__endswith=f"@{DOMAIN}").exists():
        rows = (_row(number, stage, content["names"]) for number in range(1, count + 1))
        copy_rows(Person, _FIELDS, rows, total=count, what="people", say=stage.say)
    found = Person.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk")
    return [
        Citizen(pk, language, verification == Verification.IDENTITY, joined)
        for pk, language, verification, joined in found.values_list("pk", "language", "verification", "date_joined")
    ]


def code(random: Random) -> str:
    """Return a public code that is the same on every run: the city is invented, nothing in it needs guarding."""
    return "".join(random.choices(CODE_ALPHABET, k=10))


def _row(number: int, stage: DemoStage, names: dict[str, list[str]]) -> tuple[Any, ...]:
    random = stage.random
    language = random.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]
    address = f"c{number:06}@{DOMAIN}"
    verification = Verification.IDENTITY if random.random() < 0.3 else Verification.EMAIL
    joined = stage.anchor - timedelta(days=random.uniform(45, 395))
    return (
        f"{UNUSABLE_PASSWORD_PREFIX}{code(random)}",
        *(False, code(random), address, address, _name(random, language, names), "", language),
        *(random.choices(_KINDS, [90, 4, 3, 3])[0].value, verification.value, True, False, joined.isoformat()),
    )


def _name(random: Random, language: str, names: dict[str, list[str]]) -> str:
    prefix = language[:2]
    first, last = random.choice(names[f"{prefix}_first"]), random.choice(names[f"{prefix}_last"])
    return f"{last}{first}" if prefix == "zh" else f"{first} {last}"
