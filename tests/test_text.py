"""Normalisation of what people type, in three scripts."""

import unicodedata

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from portal.text import CODE_ALPHABET, clean_line, clean_text, fold, is_blank, localised, new_code, western_digits


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("الأَحْيَاء", "الاحياء"),
        ("إدارة", "اداره"),
        ("مستشفى", "مستشفي"),
        ("مؤسسة رئيسية", "موسسه رييسيه"),
        ("صـــوت", "صوت"),
        ("Café ＡＢＣ", "cafe abc"),
        ("١٢٫٥ ۳", "12.5 3"),
        ("地方服务部", "地方服务部"),
        ("a\u200bb", "ab"),
    ],
)
def test_fold(typed, folded):
    assert fold(typed) == folded


@given(st.text(max_size=200))
@example("𝝖")
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once_and_leaves_no_controls(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in cleaned)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


BLANK = ["", " \n", "\u200b", "\u0301", "\u2800", "\u3164\ufeff", "\U000e0041", "\U0001d159", "\ufffc"]


@pytest.mark.parametrize("text", BLANK)
def test_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "م", "中", "…", "👍", "é"])
def test_not_blank(text):
    assert not is_blank(text)


def test_vowelled_arabic_keeps_its_marks_and_a_tower_is_cut():
    vowelled = "مُحَمَّدٌ"
    assert clean_text(vowelled) == unicodedata.normalize("NFC", vowelled)
    assert len(clean_text("a" + "\u0336" * 300)) == 5


def test_families_of_emoji_stay_whole():
    family = "👩\u200d👩\u200d👧"
    assert clean_text(family) == family


def test_lines():
    assert clean_line("  a\r\n\tb \u202e c ") == "a b c"
    assert western_digits("٠١٢٣۴٥٦") == "0123456"


def test_codes_are_long_and_of_letters_hard_to_mistake():
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 10 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set("il1o0u") & set(CODE_ALPHABET)


class Thing:
    title_ar, title_en, title_zh_hans = "عنوان", "", None


@pytest.mark.parametrize(
    ("language", "expected"), [("ar", ("عنوان", "ar")), ("en", ("عنوان", "ar")), ("zh-hans", ("عنوان", "ar"))]
)
def test_localised_says_which_language_it_found(language, expected):
    with translation.override(language):
        assert localised(Thing(), "title") == expected


def test_localised_prefers_the_readers_language():
    thing = Thing()
    thing.title_en = "Title"
    with translation.override("en"):
        assert localised(thing, "title") == ("Title", "en")
    with translation.override("zh-hans"):
        assert localised(thing, "title") == ("عنوان", "ar")
