"""The words and files of a mail, as a request keeps them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext, override

from portal.files.choices import CSV, PLAIN, FileKind, Refusal
from portal.files.models import StoredFile
from portal.files.services import Accepted, FileRefused, accept, keep, safe_name
from portal.text import clean_line, clean_text, is_blank
from tickets.choices import Channel, EntryKind
from tickets.models import SUBJECT_LENGTH, Entry, Ticket
from tickets.selectors.letters import Attachment, Letter, without_quotes
from tickets.services.asking import MAX_FILE, MAX_FILES, TEXT_LENGTH

_ANSWER = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|رد|إعادة توجيه|回复|答复|转发)\s?[:：]\s*)+", re.IGNORECASE)
# Of what was refused, so many are named one by one.
_NAMED = 20
_TOKEN = re.compile(r"(/support/r/)[a-z2-9]{20,}")


@dataclass(frozen=True)
class Words:
    """What somebody wrote anew in a mail; ``is_cut`` when it was longer than a request takes."""

    text: str
    is_cut: bool


def words_of(letter: Letter) -> Words:
    """Return the words of a mail without its history, and without secret links of ours that stood in it."""
    text = clean_text(without_quotes(letter.text))
    host = urlsplit(settings.BASE_URL).netloc
    if host in text:
        text = _TOKEN.sub(r"\1…", text)
    return Words("" if is_blank(text) else text[:TEXT_LENGTH].rstrip(), len(text) > TEXT_LENGTH)


def subject_of(letter: Letter, words: Words, language: str) -> str:
    """Return a subject: that of the mail, else the beginning of its words."""
    subject = clean_line(_ANSWER.sub("", letter.subject))
    if is_blank(subject):
        subject = clean_line(words.text)
    if is_blank(subject):
        with override(language):
            subject = gettext("(no subject)")
    return subject if len(subject) <= SUBJECT_LENGTH else f"{subject[: SUBJECT_LENGTH - 1]}…"


def keep_files(letter: Letter, language: str) -> tuple[list[StoredFile], list[str]]:
    """Store the attachments that requests take; return them, and a line in this language for each that is refused."""
    with override(language):
        accepted, refused = _judged(letter)
    return [keep(each) for each in accepted], refused


def _judged(letter: Letter) -> tuple[list[Accepted], list[str]]:
    accepted: list[Accepted] = []
    refused: list[str] = []
    for attachment in letter.attachments:
        try:
            found = _accepted(attachment)
        except FileRefused as refusal:
            refused.append(_line(attachment, refusal.code))
            continue
        if len(accepted) < MAX_FILES:
            accepted.append(found)
        else:
            refused.append(_line(attachment, ""))
    if len(refused) > _NAMED:
        refused = [*refused[:_NAMED], "…"]
    return accepted, refused


def _line(attachment: Attachment, code: str) -> str:
    reason = Refusal(code).label if code else gettext("There are more files than a message can have.")
    return f"\u2068{safe_name(attachment.name)}\u2069: {reason}"


def _accepted(attachment: Attachment) -> Accepted:
    if attachment.is_mail:
        raise FileRefused(Refusal.TYPE)
    accepted = accept(attachment.content, attachment.name, kinds=list(FileKind), max_size=MAX_FILE)
    ending = attachment.name.lower().rpartition(".")[2] if "." in attachment.name else ""
    # A page of the web called .pdf is no PDF, nor is it a letter: see the form of asking.
    if accepted.content_type in (PLAIN, CSV) and ending and ending not in ("txt", "csv"):
        raise FileRefused(Refusal.CONTENT)
    return accepted


def note_on(ticket: Ticket, text: str) -> Entry:
    """Write a note of the portal's own for staff, in the language of the request."""
    return ticket.entries.create(
        kind=EntryKind.NOTE, channel=Channel.EMAIL, language=ticket.language, text=clean_text(text)[:TEXT_LENGTH]
    )
