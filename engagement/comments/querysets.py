"""Reads of threads and comments."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from engagement.comments.choices import SHOWN_STATES, CommentState, Sort

# For each order: the column before the id, or None where the id alone decides.
_SORT_COLUMNS = {Sort.BEST: "score", Sort.NEWEST: None, Sort.DISCUSSED: "reply_count"}


class ThreadQuerySet(models.QuerySet):
    """Threads."""

    def public(self) -> Self:
        """Return those everybody may read."""
        return self.filter(is_public=True)


class CommentQuerySet(models.QuerySet):
    """Comments."""

    def public(self) -> Self:
        """Return the comments of public threads: hidden ones too, whose place is shown and whose text is not."""
        return self.filter(thread__is_public=True).exclude(state=CommentState.HELD)

    def shown(self) -> Self:
        """Return those whose text may be read."""
        return self.filter(thread__is_public=True, state__in=SHOWN_STATES)

    def top_level(self) -> Self:
        """Return comments that answer none."""
        return self.filter(parent=None)

    def with_people(self) -> Self:
        """Load what a comment's card shows, in the same query."""
        return self.select_related("author", "official_for", "speaks_for", "hidden_ground", "thread")

    def sorted_by(self, sort: Sort) -> Self:
        """Order by this sort; equal ones by age, so that the order is total."""
        column = _SORT_COLUMNS[sort]
        return self.order_by(*([f"-{column}"] if column else []), "-id")

    def after(self, sort: Sort, last: Any) -> Self:
        """Return those that follow a comment in this order, however many came since."""
        column = _SORT_COLUMNS[sort]
        if column is None:
            return self.filter(id__lt=last.pk)
        value = getattr(last, column)
        return self.filter(Q(**{f"{column}__lt": value}) | Q(**{column: value}, id__lt=last.pk))
