"""What happens to a catalogue after extraction."""

from pathlib import Path

import pytest

from sawt_tools.tidy import tidy

EXTRACTED = """# SOME DESCRIPTIVE TITLE.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: PACKAGE VERSION\\n"
"POT-Creation-Date: 2026-11-22 02:00+0300\\n"
"Language: \\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: a.py
#, fuzzy
#| msgid "Old"
msgid "New"
msgstr "Old"

#: a.py
msgid "%(count)s vote"
msgid_plural "%(count)s votes"
msgstr[0] ""
msgstr[1] ""
"""
HEADER = """# Sentences of Sawt. Extract them anew with `make messages`.
msgid ""
msgstr ""
"Project-Id-Version: Sawt\\n"
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: a.py
"""


@pytest.mark.parametrize(
    ("language", "first", "plural"),
    [
        ("en", 'msgid "New"\nmsgstr "New"\n', ("%(count)s vote", "%(count)s votes")),
        ("ar", '#, fuzzy\n#| msgid "Old"\nmsgid "New"\nmsgstr "Old"\n', ("", "")),
    ],
)
def test_english_says_what_the_code_says_and_others_wait(
    tmp_path: Path, language: str, first: str, plural: tuple[str, str]
) -> None:
    file = tmp_path / language / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text(EXTRACTED, encoding="utf-8")
    tidy(file)
    second = 'msgid "%(count)s vote"\nmsgid_plural "%(count)s votes"\nmsgstr[0] "{}"\nmsgstr[1] "{}"\n'.format(*plural)
    assert file.read_text(encoding="utf-8") == f"{HEADER.format(language=language)}{first}\n#: a.py\n{second}"
