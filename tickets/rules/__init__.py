"""Who may do what, by area."""

from tickets.rules.articles import article_moves, before_publishing, may_edit_article, said_in
from tickets.rules.tickets import (
    REOPEN_WITHIN,
    may_move,
    may_reopen,
    may_work_on,
    may_write,
    new_reference,
    read_reference,
)

__all__ = [
    "REOPEN_WITHIN",
    "article_moves",
    "before_publishing",
    "may_edit_article",
    "may_move",
    "may_reopen",
    "may_work_on",
    "may_write",
    "new_reference",
    "read_reference",
    "said_in",
]
