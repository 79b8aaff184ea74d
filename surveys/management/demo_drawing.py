"""Who answers in the demonstration, when, and what: every share comes out as planned, to the last person.

Shares are met by counting off, not by throwing dice: what differs between rounds differs because the plan says so.
"""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from portal.accounts.models import Person
from surveys.choices import POINTS, Channel
from surveys.management.demo_plan import Amount, Graded, Planned, Several, Shares, Words
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.showing import visible_codes
from surveys.rules.values import Answer

CONTENT = Path(__file__).resolve().parent.parent / "demo"
FILES = {"ar": "ar", "en": "en", "zh-hans": "zh"}
LANGUAGES = {"ar": 62, "en": 24, "zh-hans": 14}
# How far rounds differ by nothing but chance: a part of each share.
WIGGLE = 0.03
# How often a text begins and ends with a turn of phrase.
OPENED, CLOSED = 0.3, 0.25


@dataclass(eq=False)
class Respondent:
    """Somebody who answers, and what they have answered so far."""

    at: datetime
    language: str = "ar"
    channel: str = Channel.WEB
    kind: str = ""
    mood: float = 0.0
    person: Person | None = None
    # The hash of the invitation that they spend, if they have one.
    token: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)


@cache
def texts(language: str) -> dict[str, Any]:
    """Return what is written in a language."""
    return tomllib.loads((CONTENT / f"texts.{FILES[language]}.toml").read_text(encoding="utf-8"))


def respondents(planned: Planned, *, until: datetime, opened: datetime, draw: random.Random) -> list[Respondent]:
    """Return those who answer between two moments, the earliest first."""
    found = sorted((Respondent(_moment(opened, until, planned, draw)) for _ in range(planned.count)), key=_at)
    for name, shares in (("language", LANGUAGES), ("channel", planned.channels), ("kind", planned.kinds)):
        for one, code in zip(found, counted_off(shares, len(found), draw), strict=True):
            setattr(one, name, code)
    for place, one in enumerate(found):
        one.mood = draw.gauss(0, 1) + planned.rise * place / len(found) - (0.2 if one.kind == "company" else 0)
    return found


def _at(one: Respondent) -> datetime:
    return one.at


def _moment(opened: datetime, until: datetime, planned: Planned, draw: random.Random) -> datetime:
    """Return a moment of a day on which it is open, most by day."""
    days = (until - opened).days
    day = opened.replace(hour=0, minute=0) + timedelta(days=int(days * draw.random() ** planned.haste))
    at = day + timedelta(hours=min(23.8, max(6, draw.gauss(13, 4))))
    return at if opened < at < until else opened + (until - opened) * draw.random()


def counted_off(shares: Shares, count: int, draw: random.Random) -> list[str]:
    """Return so many codes by their shares, largest remainders first, in any order."""
    found = _quotas(shares, count) if shares else [""] * count
    draw.shuffle(found)
    return found


def _quotas(shares: Shares, count: int) -> list[str]:
    """Return so many codes by their shares, in the order of the codes."""
    whole = sum(shares.values())
    exact = {code: count * share / whole for code, share in shares.items()}
    given = {code: int(due) for code, due in exact.items()}
    missing = count - sum(given.values())
    for code in sorted(exact, key=lambda one: given[one] - exact[one])[:missing]:
        given[code] += 1
    return [code for code, number in given.items() for _ in range(number)]


def answer(questionnaire: Questionnaire, planned: Planned, people: Sequence[Respondent], draw: random.Random) -> None:
    """Let everybody answer every question that they are shown."""
    for code, spread in planned.spreads.items():
        question = questionnaire.questions[code]
        asked = [one for one in people if not question.show_if or code in visible_codes(questionnaire, one.answers)]
        asked = sorted(draw.sample(asked, round(spread.answered * len(asked))), key=_at)
        _ANSWERED[type(spread)](question, spread, asked, draw)


def _graded(question: Question, spread: Graded, asked: Sequence[Respondent], draw: random.Random) -> None:
    if spread.rows:
        lines = {row: _by_mood(shares, spread.pull, asked, draw) for row, shares in spread.rows.items()}
        for place, one in enumerate(asked):
            one.answers[question.code] = Answer(rows={row: codes[place] for row, codes in lines.items()})
        return
    for one, code in zip(asked, _by_mood(spread.shares, spread.pull, asked, draw), strict=True):
        is_point = question.kind in POINTS
        one.answers[question.code] = Answer(number=Decimal(code)) if is_point else Answer(options=(code,))


def _by_mood(shares: Shares, pull: float, asked: Sequence[Respondent], draw: random.Random) -> list[str]:
    """Return a code for each: the shares are met, and who is more content has the later codes rather."""
    shaken = {code: share * max(0.2, 1 + WIGGLE * draw.gauss(0, 1)) for code, share in shares.items()}
    leaning = [pull * one.mood + sqrt(1 - pull**2) * draw.gauss(0, 1) for one in asked]
    found = [""] * len(asked)
    order = sorted(range(len(asked)), key=leaning.__getitem__)
    for place, code in zip(order, _quotas(shaken, len(asked)), strict=True):
        found[place] = code
    return found


def _several(question: Question, spread: Several, asked: Sequence[Respondent], draw: random.Random) -> None:
    chosen: dict[int, list[str]] = {place: [] for place in range(len(asked))}
    for code, share in spread.shares.items():
        for place in draw.sample(range(len(asked)), round(share * len(asked))):
            chosen[place].append(code)
    for place, one in enumerate(asked):
        codes = chosen[place] or [spread.or_else]
        other = draw.choice(texts(one.language)[spread.other]["all"]) if "other" in codes else ""
        one.answers[question.code] = Answer(options=tuple(codes), text=other)


def _amount(question: Question, spread: Amount, asked: Sequence[Respondent], draw: random.Random) -> None:
    for one in asked:
        number = min(spread.most, max(0, round(draw.gauss(spread.middle, spread.spread))))
        one.answers[question.code] = Answer(number=Decimal(number))


def _words(question: Question, spread: Words, asked: Sequence[Respondent], draw: random.Random) -> None:
    for one, theme in zip(asked, counted_off(spread.themes, len(asked), draw), strict=True):
        one.answers[question.code] = Answer(text=_text(spread.topic, theme, one.language, draw))


def _text(topic: str, theme: str, language: str, draw: random.Random) -> str:
    """Return a text about a theme, with a place and a number of its own, now and then with a turn of phrase."""
    known = texts(language)
    if not theme:
        return draw.choice(known[topic])
    fill = {"n": draw.randint(2, 9), "unit": draw.choice(known["units"]), "street": draw.choice(known["streets"])}
    parts = [
        draw.choice(known["openers"]) if draw.random() < OPENED else "",
        draw.choice(known[topic][theme]).format(**fill),
        draw.choice(known["closers"]) if draw.random() < CLOSED else "",
    ]
    return ("" if language == "zh-hans" else " ").join(part for part in parts if part)


_ANSWERED: dict[type, Any] = {Graded: _graded, Several: _several, Amount: _amount, Words: _words}
