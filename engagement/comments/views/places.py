"""Where on a page a message about a comment can be read."""

from collections.abc import Iterable

from engagement.comments.selectors import ShownComment


def anchors(items: Iterable[ShownComment]) -> set[str]:
    """Return the anchors of these comments and of the replies shown below them."""
    return {f"c-{shown.comment.code}" for item in items for shown in (item, *item.replies)}
