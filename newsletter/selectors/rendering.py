"""An issue as mail and as a page, in each language."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from newsletter.choices import BlockKind
from newsletter.models import Block, Issue
from portal.mailings.emails import PERSONAL_SLOT, TOKEN_SLOT
from portal.messaging.emails import TAGS, Rendered, render

_SLOT_ALONE = re.compile(rf"\n+{PERSONAL_SLOT}\n+")
_OWN_PATH = re.compile(r'(href|src)="(/[^/"][^"]*)"')


@dataclass(frozen=True)
class Edition:
    """One language of an issue. ``page`` is the middle part of the archive's page."""

    mail: Rendered
    page: str


def editions_of(issue: Issue) -> dict[str, Edition]:
    """Return the editions by language, from what is stored: nothing missing is filled from another language."""
    blocks = list(issue.blocks.select_related("image").prefetch_related("links"))
    return {code: edition_of(issue, blocks, code) for code, _name in settings.LANGUAGES}


def edition_of(issue: Issue, blocks: list[Block], language: str) -> Edition:
    """Return one edition; its mail holds the slots of each reader's own."""
    with translation.override(language):
        parts = [part_of(block, language) for block in blocks]
        context = {
            "issue": issue,
            "subject_line": _text(issue, "subject", language),
            "preheader": _text(issue, "preheader", language),
            "parts": [part for part in parts if part["is_written"]],
            "archive_path": reverse("newsletter:issue", args=[issue.code]),
            "choices_path": reverse("newsletter:choices", args=[TOKEN_SLOT]),
            "leave_path": reverse("newsletter:leave", args=[TOKEN_SLOT]),
            "support_path": reverse("web:home") + "support/",
            "personal_slot": PERSONAL_SLOT,
            "counts_clicks": settings.NEWSLETTER_COUNT_CLICKS,
            "sender": _text(issue.organisation, "name", language),
            "tag": TAGS[language],
        }
        mail = render("newsletter/mail/issue", language, context)
        page = render_to_string("newsletter/_edition.html", context)
    # What fills it brings blank lines along; where nothing does, there is one.
    text = _SLOT_ALONE.sub(f"\n{PERSONAL_SLOT}\n", mail.text)
    return Edition(Rendered(mail.subject, text, with_whole_addresses(mail.html)), page)


def part_of(block: Block, language: str) -> dict[str, Any]:
    """Return the texts of a part in one language alone; ``is_written`` is False where there is none."""
    words = {name: _text(block, name, language) for name in ("heading", "text", "figure", "link_label", "alt")}
    links = [
        {"title": _text(link, "title", language), "link": localised_path(link.link, language)}
        for link in block.links.all()
    ]
    written = [link for link in links if link["title"]]
    return {
        **words,
        "is_call": block.kind == BlockKind.CALL,
        "link": localised_path(block.link, language),
        "links": written,
        "image": reverse("newsletter:image", args=[block.code]) if block.image_id else "",
        "is_written": any(words[name] for name in ("heading", "text", "figure", "alt")) or bool(written),
    }


def localised_path(link: str, language: str) -> str:
    """Return an address of this portal in the edition's language; addresses elsewhere stay as they are."""
    prefixes = "|".join(code for code, _name in settings.LANGUAGES)
    return re.sub(rf"^/(?:{prefixes})/", f"/{language}/", link)


def _text(obj: Any, name: str, language: str) -> str:
    return getattr(obj, f"{name}_{language.replace('-', '_')}") or ""


def with_whole_addresses(html: str) -> str:
    """Return it with the portal's name before its own paths."""
    base = settings.BASE_URL.rstrip("/")
    return _OWN_PATH.sub(lambda found: f'{found[1]}="{base}{found[2]}"', html)
