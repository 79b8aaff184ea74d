"""How comments learn what their threads hang on, many at once and without knowing it."""

from collections.abc import Callable, Collection

from portal.registry import Registry

# Takes ids of threads and gives, for those that are on something of the app's, its title in the active language.
thread_titles: Registry[Callable[[Collection[int]], dict[int, str]]] = Registry("thread_titles")


def titles_of(threads: Collection[int]) -> dict[int, str]:
    """Return by thread the title of what it hangs on; nothing for one that nothing owns (any more)."""
    return {thread: title for find in thread_titles.values() for thread, title in find(threads).items()}
