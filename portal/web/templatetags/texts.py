"""Texts of people and of staff: escaped, in their own language, with a word where it is not the reader's."""

from functools import lru_cache
from typing import Any

import nh3
from django.conf import settings
from django.utils.html import escape, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, gettext, gettext_lazy
from django.utils.translation.trans_real import get_languages
from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.text import localised

RTL_LANGUAGES = ("ar", "fa", "ur", "he")
_TAGS = set(
    [
        "p",
        "br",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "a",
        "blockquote",
        "code",
        "pre",
        "hr",
        "div",
    ]
)
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href", "title"}, "div": {"class", "role", "tabindex", "aria-label"}, "ol": {"start"}}


def lang_tag(code: str) -> str:
    """Return the code as the ``lang`` attribute writes it: zh-Hans for zh-hans."""
    first, _, rest = (code or "").partition("-")
    return f"{first}-{rest.title() if len(rest) > 2 else rest.upper()}" if rest else first


def direction(code: str) -> str:
    """Return rtl or ltr."""
    return "rtl" if (code or "").partition("-")[0] in RTL_LANGUAGES else "ltr"


def language_name(code: str) -> str:
    """Return the language's name in the reader's language; the code itself where it has none here."""
    return gettext(get_languages().get(code, code)) if code else ""


def _reader() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _marker() -> SafeString:
    words = gettext("Not yet in %(language)s") % {"language": language_name(_reader())}
    return format_html(
        '<span class="not-yet" lang="{}" dir="{}">{}</span>',
        lang_tag(_reader()),
        "rtl" if get_language_bidi() else "ltr",
        words,
    )


def translated(obj: Any, field: str, marker: bool = True) -> str:
    """Print a translated field, escaped; marked where it is not in the reader's language (unless told once already)."""
    text, code = localised(obj, field)
    if not text or code == _reader():
        return escape(text)
    return format_html(
        '<span class="foreign" lang="{}" dir="{}">{}</span>{}',
        lang_tag(code),
        direction(code),
        text,
        _marker() if marker else "",
    )


def plain(obj: Any, field: str) -> str:
    """Return the text of a translated field without markup."""
    return localised(obj, field)[0]


def translated_markdown(obj: Any, field: str, level: int = 2) -> str:
    """Print a translated field as Markdown, its headings beginning at ``level``."""
    text, code = localised(obj, field)
    if not text:
        return ""
    shown = format_html(
        '<div class="prose" lang="{}" dir="{}">{}</div>', lang_tag(code), direction(code), markdown(text, level)
    )
    return shown if code == _reader() else format_html('<p class="not-yet-line">{}</p>{}', _marker(), shown)


@lru_cache(maxsize=512)
def _cleaned(text: str, level: int, table_label: str) -> str:
    tokens = _parser().parse(text)
    _shift_headings(tokens, level)
    html = _parser().renderer.render(tokens, _parser().options, {})
    opening = f'<div class="table-wrap" role="region" tabindex="0" aria-label="{escape(table_label)}"><table>'
    html = html.replace("<table>", opening).replace("</table>", "</table></div>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _shift_headings(tokens: list[Token], level: int) -> None:
    """Move headings so that the highest one stands at ``level``: a page has one h1, and it is not in its text."""
    headings = [token for token in tokens if token.type.startswith("heading_")]
    if not headings:
        return
    step = level - min(int(token.tag[1]) for token in headings)
    for token in headings:
        token.tag = f"h{min(6, max(2, int(token.tag[1]) + step))}"


def markdown(text: Any, level: int = 2) -> str:
    """Turn Markdown into HTML: raw HTML stays text, pictures and foreign addresses are dropped, the rest is cleaned."""
    # Cleaned by the allow-list above.
    return mark_safe(_cleaned(str(text or ""), int(level), gettext("Table")))


def paragraphs(text: Any) -> str:
    """Show a person's plain text: escaped, with its paragraphs and line ends."""
    # The text is escaped here, whatever it was before.
    return mark_safe(linebreaks(str(text or ""), autoescape=True)) if text else ""


def person_name(person: Any) -> str:
    """Show a person's public name, kept apart from what stands beside it."""
    name = getattr(person, "public_name", "") or getattr(person, "display_name", "")
    name = name() if callable(name) else name
    return format_html("<bdi>{}</bdi>", name or NO_NAME)


def avatar(name: Any) -> str:
    """Show the first letter of a name (of a person or as text) in a circle, for the eye only."""
    text = str(getattr(name, "public_name", "") or getattr(name, "display_name", name) or "")
    letter = next((c for c in text if c.isalpha()), "–")
    # An Arabic letter standing for a word is written as one that goes on.
    joined = letter + "ـ" if "\u0620" <= letter <= "\u064a" and letter not in "اأإآءدذرزوؤةى" else letter
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', joined.upper())


NO_NAME = gettext_lazy("A former participant")
