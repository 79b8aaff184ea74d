"""One message for all, whatever is in it: short lines, the same words, and no header that nobody wrote."""

from email import message_from_bytes, policy

import pytest
from django.utils.html import escape, strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.mailings import emails
from portal.mailings.emails import PERSONAL_SLOT, TOKEN_SLOT, Mould, Personal
from portal.mailings.models import Edition, Mailing
from portal.registry import MailingPurpose

PURPOSE = MailingPurpose(
    label="Tests",
    list_id="tests",
    leave_path=lambda language: f"/{language}/leave/{TOKEN_SLOT}/",
    tokens=lambda deliveries: {},
    ended=lambda member, reason: None,
)
# What XML and mail do not know is refused where it is written.
WORDS = st.text(
    st.one_of(st.sampled_from("的一是نشرةالاثنين \n<&>"), st.characters(exclude_categories=("Cs", "Cc"))), max_size=3000
)
LONG = st.builds(lambda words, times: words * times, WORDS, st.integers(1, 20))


@pytest.fixture(autouse=True)
def purposes(monkeypatch):
    monkeypatch.setattr(emails.registry, "mailings", {"tests": PURPOSE})


def made(*, subject="The Monday newsletter", text="Hello.", html="<p>Hello.</p>", personal=emails.NOTHING, **more):
    edition = Edition(mailing=Mailing(purpose="tests"), language="zh-hans", subject=subject, text=text, html=html)
    values = {"address": "a@example.org", "message_id": "mailing.1", "token": "t" * 34, **more}
    return Mould(edition).fill(personal=personal, **values)


def squeezed(text):
    return "".join(text.split())


@settings(max_examples=60, deadline=None)
@given(text=LONG, personal=LONG)
def test_no_line_is_longer_than_relays_must_take_and_every_word_arrives(text, personal):
    own = Personal(text=personal, html=f"<p>{escape(personal)}</p>")
    raw = made(
        text=f"{text}\n{PERSONAL_SLOT}\n{TOKEN_SLOT}", html=f"<p>{escape(text)}</p>{PERSONAL_SLOT}", personal=own
    )
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=policy.default)
    plain = mail.get_body(("plain",)).get_content()
    assert squeezed(plain) == squeezed(f"{text}{personal}{'t' * 34}")
    html = mail.get_body(("html",)).get_content()
    assert squeezed(strip_tags(html)) == squeezed(escape(text) + escape(personal))


@pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c"])
def test_no_subject_writes_a_header(breaking):
    mail = message_from_bytes(made(subject=f"News{breaking}Bcc: all@example.org"), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "News Bcc: all@example.org"


@pytest.mark.parametrize("subject", ["نشرة الاثنين " * 12, "周一简报" * 40, "a" * 240])
def test_long_subjects_are_folded_and_read_the_same(subject):
    raw = made(subject=subject)
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 998
    assert squeezed(message_from_bytes(raw, policy=policy.default)["Subject"]) == squeezed(subject)


@pytest.mark.parametrize("address", ["a\r\nBcc: b@example.org", "a b@example.org\x00", "é@example.org", "a@\n.org"])
def test_no_address_writes_a_header(address):
    with pytest.raises(ValueError):
        made(address=address)


def test_an_address_in_another_script_is_written_as_relays_take_it():
    raw = made(address="a@مثال.example")
    assert message_from_bytes(raw, policy=policy.default)["To"] == "a@xn--mgbh0fb.example"


def test_overriding_characters_in_a_subject_stay_in_the_subject():
    subject = "News \u202egpj.exe"
    assert message_from_bytes(made(subject=subject), policy=policy.default)["Subject"] == subject
