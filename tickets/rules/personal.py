"""Personal data in a text that is to become public: what must not stand in it, and what only may be some."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.text import fold, western_digits
from tickets.choices import TicketState
from tickets.models import ArticleSource, Ticket
from tickets.rules.tickets import may_work_on, read_reference


class Mark(TextChoices):
    """What a passage may be."""

    NAME = "name", _("name")
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("phone number")
    REFERENCE = "reference", _("reference number")
    NUMBER = "number", _("number of a document or an account")
    LINK = "link", _("secret link")


# Why a text with data of the person who asked is refused, by what still stands in it.
STILL_THERE: dict[Mark, Promise] = {
    Mark.NAME: _("The name of the person who asked still stands here. Please take it out."),
    Mark.EMAIL: _("The e-mail address of the person who asked still stands here. Please take it out."),
    Mark.PHONE: _("The phone number of the person who asked still stands here. Please take it out."),
    Mark.REFERENCE: _("The reference number of the request still stands here. Please take it out."),
}
# Enough of a number to know it by, whatever code of country or zero stands before it.
_TAIL = 8
_BETWEEN = r"[ \t\u00a0().\-\u2010-\u2015/]"
_NUMBER = re.compile(rf"\+?\d(?:{_BETWEEN}*\d){{6,}}")
_REFERENCE = re.compile(r"(?<!\w)[0-9A-Za-z]{4}[\s\-\u2010-\u2015]?[0-9A-Za-z]{4}(?!\w)")
# In the order in which they win where two meet. Bounded, so that a hostile text costs no more than a long one.
_PATTERNS = (
    (Mark.LINK, re.compile(r"(?:https?://[^\s/]{1,260})?(?:/[a-z-]{2,8})?/support/r/\S+")),
    (
        Mark.EMAIL,
        re.compile(r"[^\s<>()\[\],;:@،؛]{1,64}@(?:[^\s<>()\[\],;:@.،؛]{1,63}\.){1,8}[^\s<>()\[\],;:@.،؛]{2,63}"),
    ),
    (Mark.NUMBER, re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[0-9A-Z]{4}){3,7}(?:\s?[0-9A-Z]{1,3})?(?!\w)")),
    (Mark.NUMBER, _NUMBER),
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_EMPHASIS = re.compile(r"[*_`~]")
# What Arabic writes together with the word that follows.
_ATTACHED = "[وفبكل]{0,2}"
_SHORTEST_NAME, _SHORTEST_PART = 2, 3


@dataclass(frozen=True)
class Passage:
    """A part of a text, and what it may be; None for all that lies between."""

    text: str
    mark: Mark | None = None


def may_draft_from(user: object, ticket: Ticket) -> bool:
    """Whoever answers for the body may, once the request is answered; publishing is for the body's editors."""
    return ticket.state in (TicketState.SOLVED, TicketState.CLOSED) and may_work_on(user, ticket)


def names_of(ticket: Ticket) -> list[str]:
    """Return the names under which the person who asked is known, each once."""
    found = [ticket.sender_name, *(getattr(ticket.recipient, name, "") for name in ("display_name", "full_name"))]
    erased = getattr(ticket.recipient, "erased_at", None)
    names = [] if erased else [name.strip() for name in found if name]
    return [name for name in dict.fromkeys(names) if len(fold(name)) >= _SHORTEST_NAME]


def still_there(text: str, ticket: Ticket) -> list[Mark]:
    """Return what of the person who asked stands in a text: their whole name, address, number or reference."""
    plain = _EMPHASIS.sub("", text)
    folded, address = fold(plain), ticket.recipient.email if ticket.recipient else ""
    found = {
        Mark.NAME: any(re.search(_whole(fold(name)), folded) for name in names_of(ticket)),
        Mark.EMAIL: bool(address) and fold(address) in folded,
        Mark.PHONE: bool(ticket.phone) and any(_digits(ticket.phone)[-_TAIL:] in each for each in _numbers(plain)),
        Mark.REFERENCE: ticket.reference in _references(plain),
    }
    return [mark for mark, is_there in found.items() if is_there]


def source_problems(article_id: int | None, texts: list[str]) -> list[Promise]:
    """Return why an article drafted from a request cannot be published yet; nothing for all others."""
    sources = ArticleSource.objects.select_related("ticket__person", "ticket__contact")
    source = sources.filter(article=article_id).first() if article_id else None
    if source is None:
        return []
    return [STILL_THERE[mark] for mark in still_there("\n\n".join(texts), source.ticket)]


def passages(text: str, ticket: Ticket) -> list[Passage]:
    """Cut a text into what may be personal and what lies between; together they are the text again."""
    taken: list[tuple[int, int, Mark]] = []
    covered = bytearray(len(text))
    for start, end, mark in _candidates(text, ticket):
        if not any(covered[start:end]):
            taken.append((start, end, mark))
            covered[start:end] = b"1" * (end - start)
    taken.sort()
    cuts = [(0, 0), *((start, end) for start, end, _mark in taken), (len(text), len(text))]
    found = []
    for number, ((_start, end), (following, _end)) in enumerate(pairwise(cuts)):
        found.append(Passage(text[end:following]))
        if number < len(taken):
            found.append(Passage(text[slice(*taken[number][:2])], taken[number][2]))
    return [passage for passage in found if passage.text]


def _candidates(text: str, ticket: Ticket) -> Iterator[tuple[int, int, Mark]]:
    for mark, pattern in _PATTERNS[:-1]:
        yield from ((*found.span(), mark) for found in pattern.finditer(text))
    for found in _REFERENCE.finditer(text):
        if read_reference(found[0]):
            yield (*found.span(), Mark.REFERENCE)
    for found in _NUMBER.finditer(text):
        is_phone = found[0].startswith(("+", "00", "05")) or _digits(ticket.phone)[-_TAIL:] in _digits(found[0])
        yield (*found.span(), Mark.PHONE if is_phone and len(_digits(found[0])) >= _TAIL else Mark.NUMBER)
    for name in names_of(ticket):
        for part in (name, *name.split()):
            if len(part) >= _SHORTEST_PART or _HAN.search(part):
                yield from ((*found.span(), Mark.NAME) for found in re.finditer(_whole(part), text, re.IGNORECASE))


def _whole(name: str) -> str:
    """Return the pattern of a whole name: Chinese is written without spaces, Arabic joins particles to it."""
    pattern = r"\s+".join(re.escape(part) for part in name.split())
    return pattern if _HAN.search(name) else rf"(?<!\w){_ATTACHED}{pattern}(?!\w)"


def _digits(text: str) -> str:
    return "".join(character for character in western_digits(text) if character.isdigit())


def _numbers(text: str) -> list[str]:
    return [_digits(found) for found in _NUMBER.findall(western_digits(text))]


def _references(text: str) -> set[str | None]:
    return {read_reference(found) for found in _REFERENCE.findall(western_digits(text))}
