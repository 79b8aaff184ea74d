"""Reading mail: whatever stands in it, a letter of plain words comes out, or ``Unreadable``."""

from tickets.selectors.letters.languages import language_of
from tickets.selectors.letters.parts import Attachment, Letter, Unreadable, first_look, read_letter
from tickets.selectors.letters.quotes import without_quotes

__all__ = ["Attachment", "Letter", "Unreadable", "first_look", "language_of", "read_letter", "without_quotes"]
