"""Letters: whatever stands in a mail, plain words come out of it."""

import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.tickets.mail import letter
from tickets.selectors.letters import Unreadable, first_look, language_of, read_letter, without_quotes
from tickets.selectors.letters.languages import to_text
from tickets.selectors.letters.markup import words_of

ARABIC, CHINESE = "انقطعت الإنارة في شارعنا منذ أسبوع", "我们街上的路灯已经坏了一个星期"


class TestHeaders:
    @pytest.mark.parametrize("subject", [ARABIC, CHINESE, "Grüße – dark"])
    def test_subjects_are_read_however_they_are_encoded(self, subject):
        assert read_letter(letter(Subject=subject).as_bytes()).subject == subject

    @pytest.mark.parametrize(
        ("raw", "subject"),
        [
            (f"Subject: {ARABIC}\r\n\r\nx".encode(), ARABIC),
            (f"Subject: {ARABIC}\r\n\r\nx".encode("cp1256"), ARABIC),
            (f"Subject: {CHINESE}\r\n\r\nx".encode("gb18030"), CHINESE),
            (b"Subject: =?no-such-charset?B?2YbZiNix?=\r\n\r\nx", "نور"),
            (b"Subject: =?utf-8?B?broken\r\n\r\nx", "=?utf-8?B?broken"),
            (b"Subject: a\r\n b\r\n\tc\r\n\r\nx", "a b c"),
            (b"Subject: a\x00\xe2\x80\xaeb\r\n\r\nx", "ab"),
        ],
    )
    def test_broken_subjects_are_read_as_well_as_can_be(self, raw, subject):
        assert read_letter(raw).subject == subject

    @pytest.mark.parametrize(
        ("value", "name", "address"),
        [
            ("Layla <Layla@Example.ORG>", "Layla", "layla@example.org"),
            ("=?utf-8?B?2YTZitmE2Yk=?= <l@example.org>", "ليلى", "l@example.org"),
            ("not an address", "", ""),
            ("a@example.org, b@example.org", "", "a@example.org"),
            ("", "", ""),
        ],
    )
    def test_senders(self, value, name, address):
        found = read_letter(letter(From=None).as_bytes().replace(b"To:", f"From: {value}\r\nTo:".encode(), 1))
        assert (found.sender_name, found.sender) == (name, address)

    @pytest.mark.parametrize("name", ["Subject", "From", "Content-Type", "References", "To"])
    def test_endless_headers_take_no_time(self, name):
        raw = f"{name}: ".encode() + b'"a;=<,(' * 60_000 + b"\r\nX: 1\r\n\r\nbody"
        begun = time.perf_counter()
        read_letter(raw)
        assert time.perf_counter() - begun < 5


class TestWords:
    def test_plain_words_come_before_markup(self):
        mail = letter("Plain")
        mail.add_alternative("<p>Markup</p>", subtype="html")
        assert read_letter(mail.as_bytes()).text == "Plain"

    def test_markup_alone_is_made_words_and_nothing_in_it_runs(self):
        mail = letter()
        mail.set_content(
            "<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script>"
            '<p onclick="x()">Dark<br>street</p><ul><li>one<li>two</ul><img src=x onerror=alert(2)>'
            '<a href="https://evil.example/">our site</a> <a href="javascript:alert(3)">here</a>'
            "<blockquote>old</blockquote>&lt;b&gt;</body></html>",
            subtype="html",
        )
        assert read_letter(mail.as_bytes()).text == (
            "Dark\nstreet\n\n\n- one\n\n- two\n\nour site (https://evil.example/) here\n> old\n<b>"
        ).replace("\n\n\n", "\n\n")

    def test_very_deep_markup_ends(self):
        assert words_of("<div>" * 50_000 + "dark").strip() == "dark"

    @pytest.mark.parametrize(
        ("charset", "words"),
        [("utf-8", ARABIC), ("cp1256", ARABIC), ("gb18030", CHINESE), ("utf-8", CHINESE), ("cp1252", "Grüße")],
    )
    @pytest.mark.parametrize("said", ["us-ascii", "no-such-thing", "rot13", "idna", ""])
    def test_wrong_charsets(self, charset, words, said):
        assert to_text(words.encode(charset), said) == words

    def test_broken_base64_gives_what_there_is(self):
        raw = b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n2YbZiNix!!!!\r\n"
        assert "نور" in read_letter(raw).text

    @pytest.mark.parametrize(
        "raw", [b"", b"\r\n", b"no header at all", b"\x00\xff\xfe", b"Content-Type: multipart/mixed\r\n\r\n"]
    )
    def test_next_to_nothing_is_a_letter_too(self, raw):
        assert read_letter(raw).attachments == []

    @pytest.mark.parametrize(
        ("text", "language"), [(ARABIC, "ar"), (CHINESE, "zh-hans"), ("A light", "en"), ("", "en")]
    )
    def test_language_is_told_by_script(self, text, language):
        assert language_of(text) == language

    def test_a_few_foreign_words_do_not_change_it(self):
        assert language_of(f"{ARABIC} error 502 bad gateway") == "ar"
        assert language_of("Please look at 路灯 in our street, it has been dark for long") == "en"


class TestAttachments:
    def test_files_with_their_names(self):
        mail = letter()
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="تقرير.pdf")
        mail.add_attachment(b"words", maintype="application", subtype="octet-stream", filename="../../etc/passwd")
        assert [each.name for each in read_letter(mail.as_bytes()).attachments] == ["تقرير.pdf", "../../etc/passwd"]

    def test_a_name_of_300_arabic_letters(self):
        mail = letter()
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="ت" * 300 + ".pdf")
        assert read_letter(mail.as_bytes()).attachments[0].name == "ت" * 300 + ".pdf"

    def test_mail_inside_mail_is_not_taken_apart(self):
        mail = letter("See below")
        mail.add_attachment(letter("Inner words", Subject="Inner"))
        found = read_letter(mail.as_bytes())
        assert found.text == "See below"
        assert [(each.name, each.content, each.is_mail) for each in found.attachments] == [("Inner.eml", b"", True)]

    def test_many_parts_end_somewhere(self):
        mail = EmailMessage(policy=SMTP)
        mail.make_mixed()
        for _ in range(300):
            mail.add_attachment(b"x", maintype="application", subtype="pdf")
        assert len(read_letter(mail.as_bytes()).attachments) < 200

    def test_a_thousand_boxes_in_boxes_are_unreadable_or_read_but_never_an_error(self):
        raw = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000))
        try:
            read_letter(b"Subject: Boxes\r\n" + raw)
        except Unreadable:
            assert first_look(b"Subject: Boxes\r\n" + raw).subject == "Boxes"

    def test_20_megabytes(self):
        mail = letter()
        mail.add_attachment(b"\x00" * 14_500_000, maintype="application", subtype="zip", filename="big.zip")
        raw = mail.as_bytes()
        assert len(raw) > 19_000_000
        begun = time.perf_counter()
        assert len(read_letter(raw).attachments[0].content) == 14_500_000
        assert time.perf_counter() - begun < 10


HISTORIES = [
    "On Sun, 5 Apr 2026 at 09:00, Sawt <no-reply@sawt.example> wrote:\n> We asked.\n> Yours",
    "On Sun, 5 Apr 2026 at 09:00, Sawt\n<no-reply@sawt.example> wrote:\n\n> We asked.",
    "-----Original Message-----\nFrom: Sawt\nWe asked.",
    "From: Sawt <no-reply@sawt.example>\nSent: Sunday, 5 April 2026\nTo: Guest\nSubject: Your request\n\nWe asked.",
    "________________________________\nFrom: Sawt\nSent: Sunday 5 April\nSubject: x\n\nWe asked.",
    "في الأحد، 5 أبريل 2026 في 9:00 ص تمت كتابة ما يلي بواسطة Sawt <no-reply@sawt.example>:\n> سألناكم",
    "في الأحد، ٥ أبريل 2026، 9:00 كتب صوت <no-reply@sawt.example>:\n> سألناكم",
    "-----الرسالة الأصلية-----\nمن: صوت\nسألناكم",
    "من: صوت <no-reply@sawt.example>\nتاريخ الإرسال: الأحد\nإلى: ضيف\nالموضوع: طلبكم\n\nسألناكم",
    "在 2026年4月5日 09:00,Sawt <no-reply@sawt.example> 写道：\n> 我们问了",
    "Sawt <no-reply@sawt.example> 于2026年4月5日周日 09:00写道：\n\n> 我们问了",
    "------------------ 原始邮件 ------------------\n发件人: Sawt\n我们问了",
    "发件人：Sawt <no-reply@sawt.example>\n发送时间：2026年4月5日\n收件人：客人\n主题：诉求\n\n我们问了",
    "> We asked.\n> Twice.",
]


class TestQuotes:
    @pytest.mark.parametrize("history", HISTORIES)
    @pytest.mark.parametrize("answer", ["It is number 14.", "الرقم 14.\nشكرًا لكم", "号码是14。"])
    def test_history_is_cut_off(self, answer, history):
        assert without_quotes(f"{answer}\n\n{history}") == answer

    def test_answers_between_the_lines_stay_with_what_they_answer(self):
        text = "On 5 April 2026 Sawt wrote:\n> Which street?\nPalm street.\n> Which number?\n14"
        assert without_quotes(text) == text

    def test_nothing_but_history_is_better_than_nothing(self):
        assert without_quotes(HISTORIES[0]) == HISTORIES[0]

    @pytest.mark.parametrize(
        "text",
        [
            "On Sunday they wrote:\nnothing came",
            "From: the corner\nto the school it is dark.",
            "كتبت لكم في الأسبوع الماضي ولم يصلني رد.",
            "我在上周给你们写道歉信了。",
            "-- \nLayla",
        ],
    )
    def test_what_people_say_themselves_stays(self, text):
        assert without_quotes(text) == text

    def test_hostile_lines_take_no_time(self):
        begun = time.perf_counter()
        without_quotes("\n".join(["في 1 " + "كتب " * 90] * 3000))
        without_quotes("\n".join(["On 1 " + " wrote" * 60] * 3000))
        without_quotes("\n".join([">" * 300] * 3000))
        assert time.perf_counter() - begun < 5
