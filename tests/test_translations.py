"""The catalogues are complete, and nothing is shown to people that is not in them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
OURS = ("portal", "moderation", "surveys", "engagement", "tickets", "newsletter")
CATALOGUES = ["ar", "en", "zh_Hans"]
FORMS = {"ar": 6, "en": 2, "zh_Hans": 1}
# Forms that stand for one number alone may leave the number out: “يومان” says two.
SINGLE_FORMS = {"ar": {0, 1, 2}, "en": {0}, "zh_Hans": set()}
PLURAL_RULES = {
    "ar": "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5",
    "en": "n != 1",
    "zh_Hans": "0",
}
# Signs, formats and names that are alike in every language.
ALIKE = {
    "CSV",
    "PDF",
    "Sawt",
    "SVG",
    "XLSX",
    "JSON",
    "Excel",
    "RSS",
    "HTML",
    "WhatsApp",
    "%(size)s kB",
    "%(size)s MB",
    "kB",
    "MB",
}

PLACEHOLDER = re.compile(r"%\((\w+)\)[sdif]|%[sd]|\{(\w+)\}")
MARKUP = re.compile(r"</?[a-z][^>]*>")
GETTEXT = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"], 1),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], 2),
}


@cache
def catalogue(name: str) -> polib.POFile:
    """Return a catalogue; raises ``FileNotFoundError`` when there is none."""
    path = ROOT / "locale" / name / "LC_MESSAGES" / "django.po"
    return polib.pofile(path.read_text(encoding="utf-8"), wrapwidth=0)


def texts_of(entry: polib.POEntry) -> dict[int, str]:
    """Return the translations of a message by plural form; a plain one has form 0 alone."""
    return {int(form): text for form, text in entry.msgstr_plural.items()} or {0: entry.msgstr}


def placeholders(text: str) -> Counter:
    """Return the placeholders of a text, as often as they occur; “%%” is none."""
    return Counter(match[0] for match in PLACEHOLDER.finditer(text.replace("%%", "")))


def bare(text: str) -> str:
    """Return a text without placeholders and markup."""
    return MARKUP.sub("", PLACEHOLDER.sub("", text))


# What the code says


def templates() -> Iterator[tuple[str, str]]:
    """Give each template with its text."""
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def said_in_python(text: str) -> Iterator[tuple[str, ...]]:
    """Give the messages of calls of gettext and its kin: one text, or singular and plural."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        count = GETTEXT.get(getattr(node.func, "id", getattr(node.func, "attr", "")), 0)
        values = [argument.value for argument in node.args[:count] if isinstance(argument, ast.Constant)]
        if count and len(values) == count and all(isinstance(value, str) for value in values):
            yield tuple(values)


def said_in_template(text: str) -> Iterator[tuple[str, ...]]:
    """Give the messages of a template, as Django's own extraction sees them."""
    literal = r"""(u?"(?:\\.|[^"\\])*"|u?'(?:\\.|[^'\\])*')"""
    call = re.compile(rf"(?<!\w)(n?gettext|_)\(\s*{literal}(?:\s*,\s*{literal})?")
    for match in call.finditer(templatize(text)):
        wanted = match.groups()[1:3] if match[1] == "ngettext" else match.groups()[1:2]
        yield tuple(ast.literal_eval(word) for word in wanted if word)


@cache
def said() -> dict[tuple[str, ...], str]:
    """Return every message with the file that says it first."""
    found: dict[tuple[str, ...], str] = {}
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for message in said_in_python(path.read_text(encoding="utf-8")):
                found.setdefault(message, path.relative_to(ROOT).as_posix())
    for name, text in templates():
        for message in said_in_template(text):
            found.setdefault(message, name)
    return found


# The catalogues


@pytest.mark.parametrize("name", CATALOGUES)
def test_everything_said_is_in_the_catalogue(name):
    plural = {(entry.msgid, entry.msgid_plural) for entry in catalogue(name)}
    known = plural | {(entry.msgid,) for entry in catalogue(name)}
    missing = {message: place for message, place in said().items() if message not in known and any(message)}
    assert missing == {}


@pytest.mark.parametrize("name", CATALOGUES)
def test_nothing_is_empty_fuzzy_or_left_over(name):
    entries = catalogue(name)
    assert [entry.msgid for entry in entries if entry.fuzzy] == []
    assert [entry.msgid for entry in entries if entry.obsolete] == []
    assert [entry.msgid for entry in entries if not all(text.strip() for text in texts_of(entry).values())] == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_placeholders_are_those_of_the_message(name):
    wrong = []
    for entry in catalogue(name):
        wanted = placeholders(entry.msgid_plural or entry.msgid)
        for form, text in texts_of(entry).items():
            may_lack_number = entry.msgid_plural and form in SINGLE_FORMS[name]
            found = placeholders(text)
            lacking = wanted - found
            if found - wanted or (lacking and not (may_lack_number and lacking.total() == 1)):
                wrong.append((entry.msgid, form, text))
    assert wrong == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_markup_is_that_of_the_message(name):
    wrong = []
    for entry in catalogue(name):
        wanted = Counter(MARKUP.findall(entry.msgid_plural or entry.msgid))
        wrong += [(entry.msgid, text) for text in texts_of(entry).values() if Counter(MARKUP.findall(text)) != wanted]
    assert wrong == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_plural_form_is_there(name):
    header = catalogue(name).metadata["Plural-Forms"]
    count, rule = re.fullmatch(r"nplurals=(\d+);\s*plural=(.+?);?", header).groups()
    assert int(count) == FORMS[name]
    assert re.sub(r"[\s()]", "", rule) == re.sub(r"[\s()]", "", PLURAL_RULES[name])
    wrong = [
        entry.msgid
        for entry in catalogue(name)
        if entry.msgid_plural and sorted(texts_of(entry)) != list(range(FORMS[name]))
    ]
    assert wrong == []


@pytest.mark.parametrize(("name", "script"), [("ar", "\u0600-\u06ff"), ("zh_Hans", "\u4e00-\u9fff")])
def test_translations_are_in_their_own_script(name, script):
    wrong = [
        (entry.msgid, text)
        for entry in catalogue(name)
        for text in texts_of(entry).values()
        if re.search("[A-Za-z]{2}", bare(entry.msgid))
        and entry.msgid not in ALIKE
        and not re.search(f"[{script}]", text)
    ]
    assert wrong == []


def test_english_says_what_the_code_says():
    wrong = []
    for entry in catalogue("en"):
        wanted = {0: entry.msgid, 1: entry.msgid_plural} if entry.msgid_plural else {0: entry.msgid}
        if texts_of(entry) != wanted:
            wrong.append(entry.msgid)
    assert wrong == []


# Texts beside the catalogues

# Shown as they are: the living page's examples are in three languages on purpose.
OWN_WORDS = {"templates/web/design.html"}
BLOCKS = re.compile(
    r"\{%\s*(?P<tag>blocktranslate|blocktrans|comment|verbatim)\b.*?%\}.*?\{%\s*end(?P=tag)\s*%\}"
    r"|\{%\s*block (?:body_class|bodyclass|coltype)\s*%\}.*?\{%\s*endblock\s*%\}"
    r"|<(?P<element>script|style|svg)\b.*?</(?P=element)>|<!--.*?-->|<!doctype[^>]*>",
    re.S | re.I,
)
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.S)
SPOKEN_ATTRIBUTES = re.compile(r"""\b(aria-label|title|alt|placeholder|content|label)="([^"]*)\"""")
WORD = re.compile(r"[^\W\d_]{2,}")
NOT_SPOKEN = re.compile(
    r"width=device-width.*|light dark|#[0-9A-F]{6}|&\w+;|text/html.*|noindex.*|same-origin"
    # A template of attributes alone.
    r"|(?:\s*aria-[a-z]+=\"\w*\")+"
)


def shown_in(text: str) -> list[str]:
    """Return the words of a template that are no part of a translated message."""
    text = TAGS.sub("", BLOCKS.sub(" ", text))
    spoken = [match[2] for match in SPOKEN_ATTRIBUTES.finditer(text)]
    nodes = re.sub(r"<[^>]*>", "\n", text).split("\n")
    pieces = (NOT_SPOKEN.sub("", piece).strip() for piece in [*spoken, *nodes])
    return [piece for piece in pieces if set(WORD.findall(piece)) - ALIKE]


def test_templates_show_nothing_that_is_not_translated():
    found = {name: words for name, text in templates() if name not in OWN_WORDS and (words := shown_in(text))}
    assert found == {}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>{% translate 'Hello' %}</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ("<p>مرحبًا {{ name }}</p>", ["مرحبًا"]),
        ('<a aria-label="Close">×</a>', ["Close"]),
        ('<a aria-label="{% translate "Close" %}">×</a>', []),
        ("{% blocktranslate %}Hello{% endblocktranslate %} · <bdi>{{ x }}</bdi>", []),
        ("{% if a > b %}<b>1</b>{% endif %}", []),
    ],
)
def test_words_outside_of_messages_are_seen(template, words):
    assert shown_in(template) == words


@pytest.mark.parametrize("word", ["trans", "blocktrans"])
def test_templates_use_the_long_names(word):
    assert [name for name, text in templates() if re.search(rf"\{{%\s*{word}\s", text)] == []
