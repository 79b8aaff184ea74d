"""Who may write help articles, and what one needs before everybody reads it."""

from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from portal.languages import text_columns
from portal.text import is_blank
from portal.web.templatetags.texts import language_name
from tickets.choices import ARTICLE_MOVES, ArticleState
from tickets.models import Article
from tickets.rules.personal import source_problems


def may_edit_article(user: Any, article: Article) -> bool:
    """Editors of the article's body may."""
    return holds(user, Role.EDITOR, organisation=article.organisation)


def article_moves(article: Article) -> tuple[ArticleState, ...]:
    """Return the states to which staff may move it from where it stands."""
    return ARTICLE_MOVES[ArticleState(article.state)]


def said_in(article: Article) -> dict[str, list[bool]]:
    """Return for each language which of title, summary and text say something in it."""
    fields = text_columns(Article)
    return {
        code: [not is_blank(getattr(article, columns[code]) or "") for columns in fields.values()]
        for code, _name in settings.LANGUAGES
    }


def before_publishing(article: Article) -> list[Promise | str]:
    """Return what stands against it: one language at least, each whole or not at all, and no data of who asked."""
    said = said_in(article)
    if not any(all(parts) for parts in said.values()):
        return [gettext_lazy("Write title, summary and text in one language at least.")]
    return _halves(said) + source_problems(article.pk, _texts(article))


def _texts(article: Article) -> list[str]:
    return [getattr(article, column) or "" for columns in text_columns(Article).values() for column in columns.values()]


def _halves(said: dict[str, list[bool]]) -> list[Promise | str]:
    return [
        _("In %(language)s something is missing: title, summary and text belong together.")
        % {"language": language_name(code)}
        for code, parts in said.items()
        if any(parts) and not all(parts)
    ]
