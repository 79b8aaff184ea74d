"""Cutting the history off an answer, as mail programs write it in Arabic, English and Chinese."""

import re

# What a program writes above what it quotes: all that follows is history.
_ATTRIBUTION = re.compile(
    r"(?:On\s.{6,300}\swrote\s?:"
    r"|(?:في|بتاريخ|يوم)\s.{4,300}\s?(?:كتب|كتبت|كتبوا|تمت كتابة ما يلي)\b.{0,200}[:：]?"
    r"|(?:كتب|كتبت)\s.{2,300}\s(?:في|بتاريخ|يوم)\s.{4,100}[:：]"
    r"|(?:在|于)?\s?.{4,300}写道\s?[:：]?)\s*",
    re.DOTALL,
)
_DIVIDER = re.compile(
    r"\s*(?:[-_*—–]{2,}\s?)(?:Original Message|Forwarded message|الرسالة الأصلية|رسالة أصلية|رسالة مُعاد توجيهها"
    r"|原始邮件|原邮件|转发的邮件|邮件原件)(?:\s?[-_*—–]{2,})?\s*",
    re.IGNORECASE,
)
_LINE = re.compile(r"\s*[_*-]{20,}\s*")
_FROM = re.compile(r"\s*\*?(?:From|من|发件人|寄件者)\*?\s?[:：].{2,}", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:Sent|Date|To|Subject"
    r"|تاريخ الإرسال|أُرسل|أرسل|التاريخ|تم الإرسال|إلى|الموضوع"
    r"|发送时间|日期|时间|收件人|主题)"
    r"\*?\s?[:：].*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\s*[>＞|]")
# An attribution is broken over so many lines at most.
_SPAN = 3
_LONGEST_LINE = 400


def without_quotes(text: str) -> str:
    """Return what somebody wrote anew, without the history under it.

    Answers written between quoted lines keep both, since one means nothing without the other. Should nothing be left,
    the whole is returned: better too much than an empty answer.
    """
    lines = text.split("\n")
    cut = next((number for number in range(len(lines)) if _begins_history(lines, number)), len(lines))
    kept = lines[:cut]
    while kept and (not kept[-1].strip() or _QUOTED.match(kept[-1])):
        kept.pop()
    left = "\n".join(kept).strip()
    return left or text.strip()


def _begins_history(lines: list[str], number: int) -> bool:
    line = lines[number]
    if not line.strip() or len(line) > _LONGEST_LINE:
        return False
    if _DIVIDER.fullmatch(line) or _is_heading(lines, number):
        return True
    if _LINE.fullmatch(line):
        return _is_heading(lines, number + 1)
    span = _attribution_at(lines, number)
    return span > 0 and not _is_answered_within(lines[number + span :])


def _is_heading(lines: list[str], number: int) -> bool:
    """Tell whether “From: …” stands here with at least two of its kind below."""
    if number >= len(lines) or not _FROM.fullmatch(lines[number][:_LONGEST_LINE]):
        return False
    below = [line[:_LONGEST_LINE] for line in lines[number + 1 : number + 6] if line.strip()]
    return sum(1 for line in below if _SENT.fullmatch(line)) >= 2


def _attribution_at(lines: list[str], number: int) -> int:
    """Return over how many lines an attribution stands here; 0 when there is none."""
    for span in range(1, _SPAN + 1):
        together = [line.strip() for line in lines[number : number + span]]
        if not all(together):
            return 0
        joined = " ".join(together)[:_LONGEST_LINE]
        # Somebody's own sentence ends in a full stop sooner than in a colon with an address or a date before it.
        if _ATTRIBUTION.fullmatch(joined) and re.search(r"\d|@", joined):
            return span
    return 0


def _is_answered_within(lines: list[str]) -> bool:
    quoted = [bool(_QUOTED.match(line)) for line in lines]
    if not any(quoted):
        return False
    first, last = quoted.index(True), len(quoted) - 1 - quoted[::-1].index(True)
    return any(
        line.strip() and not is_quoted for line, is_quoted in zip(lines[first:last], quoted[first:last], strict=True)
    )
