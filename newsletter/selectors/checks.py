"""The check list of an issue: what must be mended before it is submitted, and what somebody should look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from newsletter.choices import BlockKind
from newsletter.models import Block, Issue
from newsletter.selectors.rendering import editions_of
from portal.languages import missing_texts, text_columns

# Mail programs cut off what is longer.
LARGEST = 100_000
LONGEST_SUBJECT = 60
_SHOUTING = re.compile(r"[!！]{2,}|\b[A-Z]{6,}\b|[$€£]{2,}")
# What the filters of providers look for in all three languages.
_SPAM_WORDS = (
    "click here now",
    "free money",
    "winner",
    "اضغط هنا الآن",
    "اربح",
    "مجانًا تمامًا",
    "点击领取",
    "中奖",
    "免费领",
)


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at; ``language`` and ``part`` say where, as far as it is somewhere."""

    text: str
    is_error: bool = True
    language: str = ""
    part: str = ""
    part_id: int | None = None


def findings(issue: Issue) -> list[Finding]:
    """Return what the check list says of an issue as it is stored, errors first."""
    blocks = list(issue.blocks.prefetch_related("links"))
    in_parts = [replace(one, part_id=block.pk) for block in blocks for one in _of_block(block)]
    found = [*_of_issue(issue), *in_parts, *_of_sizes(issue)]
    if not blocks:
        found.append(Finding(_("There is nothing in it yet.")))
    return sorted(found, key=lambda one: not one.is_error)


def _of_issue(issue: Issue) -> Iterator[Finding]:
    for code, column in text_columns(Issue)["subject"].items():
        subject = getattr(issue, column) or ""
        if not subject:
            yield Finding(_("The subject is missing."), language=code)
        if len(subject) > LONGEST_SUBJECT:
            yield Finding(_("The subject is longer than most mail programs show."), is_error=False, language=code)
        yield from _of_words(subject, code, "")


def _of_block(block: Block) -> Iterator[Finding]:
    part = str(block)
    columns = {column: code for field in text_columns(Block).values() for code, column in field.items()}
    missing = missing_texts(block)
    for column in sorted(missing):
        name = Block._meta.get_field(column).translated_field.verbose_name
        yield Finding(_("Missing in this language: %(field)s") % {"field": name}, language=columns[column], part=part)
    if block.kind == BlockKind.IMAGE:
        for code, column in text_columns(Block)["alt"].items():
            if not getattr(block, column) and column not in missing:
                yield Finding(_("It is not said what the image shows."), language=code, part=part)
    for address in filter(None, [block.link, *(link.link for link in block.links.all())]):
        if not leads_somewhere(address):
            yield Finding(_("The link leads nowhere: %(address)s") % {"address": address}, part=part)
    for code, column in text_columns(Block)["text"].items():
        yield from _of_words(getattr(block, column) or "", code, part)


def _of_words(text: str, code: str, part: str) -> Iterator[Finding]:
    lowered = text.lower()
    if _SHOUTING.search(text) or any(word in lowered for word in _SPAM_WORDS):
        yield Finding(_("Filters may take these words for advertising."), is_error=False, language=code, part=part)


def _of_sizes(issue: Issue) -> Iterator[Finding]:
    for code, edition in editions_of(issue).items():
        if len(edition.mail.html.encode()) + len(edition.mail.text.encode()) > LARGEST:
            yield Finding(_("The mail is larger than 100 kB: some programs would cut it off."), language=code)


def leads_somewhere(address: str) -> bool:
    """Tell whether an address is one of this portal's pages, or at least a whole https address elsewhere."""
    parts = urlsplit(address)
    own = urlsplit(settings.BASE_URL)
    if parts.netloc and parts.netloc != own.netloc:
        return parts.scheme == "https" and "." in parts.netloc
    try:
        # Addresses of pages exist under their own language alone.
        with translation.override(translation.get_language_from_path(parts.path)):
            resolve(parts.path)
    except Resolver404:
        return False
    return parts.path.startswith("/")
