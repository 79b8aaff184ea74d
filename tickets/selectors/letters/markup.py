"""HTML as plain text: nothing of it is ever shown as HTML."""

from html.parser import HTMLParser

import nh3

# In characters: a letter is shorter, and what follows is kept in the raw mail.
LONGEST = 400_000
_BLOCKS = {"p", "div", "tr", "table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"}
_KEPT = _BLOCKS | {"br", "hr", "li", "a", "blockquote", "td", "th"}
_DROPPED = {"script", "style", "title", "noscript", "template", "textarea", "select", "iframe", "svg", "math", "object"}


class _Words(HTMLParser):
    """Reads markup that was made well-formed before."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.quoted = 0
        self.href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "blockquote":
            self.quoted += 1
            self._break()
        elif tag == "li":
            self._break()
            self.pieces.append("- ")
        elif tag == "a":
            self.href = dict(attrs).get("href") or ""
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif tag in _BLOCKS or tag in ("br", "hr"):
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
            self._break()
        elif tag == "a":
            self._close_link()
        elif tag in _BLOCKS or tag == "li":
            self._break()

    def handle_data(self, data: str) -> None:
        self.pieces.append(" ".join(data.split("\n")))

    def _break(self) -> None:
        self.pieces.append("\n" + "> " * min(self.quoted, 3))

    def _close_link(self) -> None:
        # Where a link leads is said beside its words, so that none says one thing and leads to another.
        written = "".join(self.pieces[-3:])
        if self.href.startswith(("http://", "https://")) and self.href not in written:
            self.pieces.append(f" ({self.href[:300]})")
        self.href = ""


def words_of(html: str) -> str:
    """Return the words of a page or a mail in HTML, with its lines, quotes and the addresses of its links."""
    clean = nh3.clean(
        html[:LONGEST],
        tags=_KEPT,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    reader = _Words()
    reader.feed(clean)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    return "\n".join("" if not line.strip("> ") else line for line in lines).strip()
