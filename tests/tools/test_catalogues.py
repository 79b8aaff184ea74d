"""Our msgfmt against what gettext reads, and against polib's."""

import gettext
from pathlib import Path

import polib
import pytest

from sawt_tools import catalogues, paths

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
ARABIC = (
    '"Plural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "\n'
    '"n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;\\n"\n'
)


def load(tmp_path: Path, body: str, header: str = HEADER) -> gettext.GNUTranslations:
    """Compile a catalogue and read it as Python does."""
    source = tmp_path / "django.po"
    source.write_text(f"{header}\n{body}", encoding="utf-8")
    catalogues.compile_file(source)
    with source.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_a_message_in_several_lines_with_escapes_is_read_whole(tmp_path: Path) -> None:
    body = 'msgid ""\n"Say \\"yes\\"\\n"\n"or\\tno \\\\"\nmsgstr "قولوا "\n"«نعم»\\n"\n'
    assert load(tmp_path, body).gettext('Say "yes"\nor\tno \\') == "قولوا «نعم»\n"


def test_six_arabic_plurals_are_kept_apart(tmp_path: Path) -> None:
    forms = "".join(f'msgstr[{index}] "form {index}"\n' for index in range(6))
    found = load(tmp_path, f'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\n{forms}', HEADER + ARABIC)
    counts = (0, 1, 2, 3, 11, 100)
    assert [found.ngettext("%(n)s day", "%(n)s days", n) for n in counts] == [f"form {index}" for index in range(6)]


def test_the_same_word_differs_by_context(tmp_path: Path) -> None:
    body = 'msgid "Open"\nmsgstr "开放"\n\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "打开"\n'
    found = load(tmp_path, body)
    assert (found.gettext("Open"), found.pgettext("verb", "Open")) == ("开放", "打开")


@pytest.mark.parametrize(
    "entry",
    [
        '#, fuzzy\nmsgid "Vote"\nmsgstr "guess"\n',
        '#, fuzzy, python-format\n#| msgid "Votes"\nmsgid "Vote"\nmsgstr "guess"\n',
        'msgid "Vote"\nmsgstr ""\n',
        '#~ msgid "Vote"\n#~ msgstr "old"\n',
    ],
)
def test_what_nobody_confirmed_stays_english(tmp_path: Path, entry: str) -> None:
    body = f'{entry}\nmsgid "Next"\nmsgstr "التالي"\n'
    found = load(tmp_path, body)
    assert (found.gettext("Vote"), found.gettext("Next")) == ("Vote", "التالي")


def test_a_half_translated_plural_is_left_out(tmp_path: Path) -> None:
    body = 'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "a"\nmsgstr[1] ""\n'
    assert load(tmp_path, body).ngettext("one", "many", 5) == "many"


def test_entries_without_an_empty_line_between_them_are_two(tmp_path: Path) -> None:
    found = load(tmp_path, 'msgid "A"\nmsgstr "1"\nmsgid "B"\nmsgstr "2"\n')
    assert (found.gettext("A"), found.gettext("B")) == ("1", "2")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(catalogues.BrokenCatalogue, match="line 5"):
        load(tmp_path, "msgid oops\n")


def test_only_what_changed_is_compiled_again(tmp_path: Path) -> None:
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER, encoding="utf-8")
    assert catalogues.compile_stale(tmp_path) == [source]
    assert catalogues.compile_stale(tmp_path) == []


def test_the_result_equals_polibs(tmp_path: Path) -> None:
    forms = "".join(f'msgstr[{index}] "ق{index}"\n' for index in range(6))
    body = f'msgctxt "c"\nmsgid "x"\nmsgstr "س"\n\nmsgid "d"\nmsgid_plural "ds"\n{forms}\nmsgid "é"\nmsgstr "e"\n'
    ours = load(tmp_path, body, HEADER + ARABIC)
    polib.pofile(str(tmp_path / "django.po")).save_as_mofile(str(tmp_path / "theirs.mo"))
    with (tmp_path / "theirs.mo").open("rb") as file:
        theirs = gettext.GNUTranslations(file)
    assert ours._catalog == theirs._catalog  # type: ignore[attr-defined]


def test_the_portals_own_catalogues_compile() -> None:
    for source in sorted(paths.LOCALE.glob("*/LC_MESSAGES/*.po")):
        entries = catalogues.parse(source.read_text(encoding="utf-8"), name=str(source))
        assert [entry for entry in entries if entry.id is None] == []
