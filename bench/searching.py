"""Searches of ten thousand help articles: every kind of query, since each takes another way."""

from itertools import cycle
from urllib.parse import quote

from django.urls import reverse
from django.utils import translation

from bench import load
from bench.load import MakeRequest
from bench.speed import UNCACHED

KINDS: dict[str, tuple[str, list[str]]] = {
    "a word that most hold": ("en", ["permit", "working days", "office", "registration", "account"]),
    "two words": ("en", ["parking permit", "bulky waste", "shop licence", "library card", "driving test"]),
    "a question": ("en", ["how do I renew my resident parking permit", "where can I register as a volunteer"]),
    "mistyped": ("en", ["parkign permti", "volunter registraton", "licnece for a shop"]),
    "Arabic": ("ar", ["تصريح وقوف", "الرخصة", "كيف أحصل على تصريح وقوف للسكان؟", "التطوع", "الحساب"]),
    "Arabic, mistyped": ("ar", ["تصرح وقووف", "الرخصه التجاريه", "التطووع"]),
    "Chinese": ("zh-hans", ["停车许可", "如何申请居民停车许可", "志愿者", "账户", "办事处"]),
    "nothing found": ("en", ["qwxzv", "zzkrt plmvq", "xxqj"]),
}


def asked() -> dict[str, tuple[MakeRequest, int]]:
    """Return each kind for ``bench.speed``, past the cache of pages."""
    return {kind: (_making(language, queries), 200) for kind, (language, queries) in KINDS.items()}


def _making(language: str, queries: list[str]) -> MakeRequest:
    with translation.override(language):
        path = reverse("articles:search")
    turns = cycle(queries)
    return lambda: load.get(f"{path}?q={quote(next(turns))}", **UNCACHED)
