"""Pages of threads and comments."""

from engagement.comments.views.comments import comment, edit, reply
from engagement.comments.views.posting import draft, post
from engagement.comments.views.votes import vote

__all__ = ["comment", "draft", "edit", "post", "reply", "vote"]
