"""The demonstration's organisations and people, all invented. What exists already stays as it is."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password, make_password

from portal.accounts import services
from portal.accounts.choices import ParticipantKind, Role, Verification
from portal.accounts.models import Organisation, Person
from portal.accounts.querysets import email_key
from portal.registry import DemoStage

CONTENT = Path(__file__).resolve().parent.parent / "demo"
DOMAIN = "demo.example"
MINISTRY = "ministry"
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
DAYS_IN_MONTH = 30.44

# name, display name, full name, language, organisation, role. The agency's contact takes part for it.
SIGN_INS = [
    ("citizen", "ريم السعدون", "ريم خالد سعد السعدون", "ar", None, None),
    ("organisation", "ماجد السبيعي", "ماجد عبدالرحمن السبيعي", "ar", "clear-water", Role.CONTACT),
    ("agent", "هيا الدوسري", "هيا محمد ناصر الدوسري", "ar", MINISTRY, Role.AGENT),
    ("moderator", "لمى الغامدي", "لمى عبدالله الغامدي", "en", MINISTRY, Role.MODERATOR),
    ("editor", "طارق المالكي", "طارق حسن المالكي", "en", MINISTRY, Role.EDITOR),
    ("manager", "عبير الزامل", "عبير سعيد علي الزامل", "ar", MINISTRY, Role.MANAGER),
    ("admin", "يوسف الأنصاري", "يوسف إبراهيم الأنصاري", "ar", MINISTRY, Role.ADMINISTRATOR),
]


def load(stage: DemoStage) -> None:
    """Create organisations, people and the seven sign-ins; set the sign-ins' password to the stage's."""
    _organisations()
    people = _read("people.toml")["people"]
    for number, entry in enumerate(people, start=1):
        _person(stage, number, entry)
    password = _password(stage.password)
    for sign_in in SIGN_INS:
        _sign_in(stage, password, *sign_in)
    stage.say(f"{len(people)} people, {Organisation.objects.count()} organisations")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


def _organisations() -> None:
    for entry in _read("organisations.toml")["organisations"]:
        texts = {
            f"{field}_{code.replace('-', '_')}": entry[field][short]
            for field in ("name", "about")
            for short, code in LANGUAGES.items()
        }
        parent = Organisation.objects.get(code=entry["parent"]) if "parent" in entry else None
        organisation, created = Organisation.objects.get_or_create(
            code=entry["code"], defaults={"kind": entry["kind"], "parent": parent, **texts}
        )
        if not created and not organisation.about_ar:
            # The ministry of the starter content, which has a neutral name and which nobody has described yet.
            Organisation.objects.filter(pk=organisation.pk).update(**texts)


def _password(word: str) -> str:
    """Return the hash all sign-ins share: the stored one while it is still of this password, since hashing is slow."""
    stored = Person.objects.filter(email_key=email_key(f"{SIGN_INS[0][0]}@{DOMAIN}")).values_list("password", flat=True)
    first = stored.first()
    return first if first and check_password(word, first) else make_password(word)


def _person(stage: DemoStage, number: int, entry: dict[str, Any]) -> None:
    """One of the many, without a password: nobody signs in as them."""
    # Within the month, so that not everybody came on the same day of it; known by number, the same on every run.
    age = timedelta(days=entry["months"] * DAYS_IN_MONTH - (number * 7) % 28, hours=(number * 5) % 14)
    _confirmed(
        f"p{number:03}@people.{DOMAIN}",
        display_name=entry["name"],
        full_name=entry.get("full_name", ""),
        language=LANGUAGES[entry["language"]],
        kind=entry["kind"],
        verification=Verification.IDENTITY if entry["verified"] else Verification.EMAIL,
        date_joined=min(stage.anchor - age, stage.anchor),
    )


def _sign_in(
    stage: DemoStage,
    password: str,
    name: str,
    display_name: str,
    full_name: str,
    language: str,
    organisation: str | None,
    role: Role | None,
) -> None:
    person = _confirmed(
        f"{name}@{DOMAIN}",
        display_name=display_name,
        full_name=full_name,
        language=language,
        kind=ParticipantKind.ENTITY if role == Role.CONTACT else ParticipantKind.INDIVIDUAL,
        verification=Verification.IDENTITY,
        date_joined=stage.anchor - timedelta(days=400),
    )
    if person.password != password:
        Person.objects.filter(pk=person.pk).update(password=password)
    if role is not None:
        body = Organisation.objects.get(code=organisation)
        services.grant_membership(person, organisation=body, role=role, by=None)


def _confirmed(address: str, **fields: Any) -> Person:
    """Return the person of this address, made with a confirmed address if there was none."""
    person = Person.objects.filter(email_key=email_key(address)).first()
    if person is None:
        person = Person.objects.create_user(address, **fields)
        EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
    return person
