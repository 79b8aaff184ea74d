"""The demonstration's mailbox: there in a demonstration alone, and as hostile as any mail."""

import mailbox
from email.message import EmailMessage

import pytest
from django.urls import reverse

HTML = (
    "<html><head><style>p{color:red}</style></head>"
    '<body><script>alert(1)</script><p style="color:red">Hi</p></body></html>'
)


@pytest.fixture
def box(settings, tmp_path):
    """A mailbox with one message."""
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    mail = EmailMessage()
    mail["Subject"] = "<b>مرحبًا</b>"
    mail["To"], mail["From"] = "a@example.org", "no-reply@sawt.example"
    mail["Message-ID"] = "<x@localhost>"
    mail.set_content("Go to http://localhost:8000/ar/account/confirm-email/k:1/?then=%2Far%2F.\nhttp://evil.example/x")
    mail.add_alternative(HTML, subtype="html")
    mail["Content-Language"] = "ar"
    folder = mailbox.Maildir(settings.MAILBOX_DIR)
    return folder.add(mail.as_bytes())


@pytest.mark.django_db
class TestMailbox:
    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_lists_what_arrived(self, client, box, language):
        page = client.get(f"/{language}/mailbox/")
        assert page.status_code == 200
        assert "&lt;b&gt;مرحبًا&lt;/b&gt;" in page.content.decode()
        assert reverse("messaging:message", args=[box]).split("/mailbox/")[1] in page.content.decode()

    def test_is_empty_before_the_first_message(self, client, settings, tmp_path):
        settings.MAILBOX_DIR = tmp_path / "none"
        assert "No mail yet" in client.get("/en/mailbox/").content.decode()

    def test_message_shows_headers_text_and_our_own_links(self, client, box):
        page = client.get(f"/en/mailbox/{box}/").content.decode()
        assert "a@example.org" in page
        assert 'href="http://localhost:8000/ar/account/confirm-email/k:1/?then=%2Far%2F"' in page
        assert 'href="http://evil.example' not in page
        assert "<script>alert" not in page
        assert '<iframe class="card" sandbox src="' in page

    def test_html_is_locked_in(self, client, box):
        response = client.get(f"/en/mailbox/{box}/html/")
        assert response.content.decode().strip() == HTML
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert response["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
        )

    @pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fsecret", "new"])
    def test_an_unknown_key_is_not_there(self, client, box, key):
        assert client.get(f"/en/mailbox/{key}/").status_code in (404, 301)

    def test_is_not_there_outside_a_demonstration(self, client, box, settings):
        settings.DEMO = False
        for path in ("", f"{box}/", f"{box}/html/"):
            assert client.get(f"/en/mailbox/{path}").status_code == 404
        assert "mailbox" not in client.get("/en/account/login/").content.decode()

    def test_broken_mail_breaks_no_page(self, client, box, settings):
        (settings.MAILBOX_DIR / "new" / "1.broken").write_bytes(
            b"Subject: =?x?=\r\nTo: <<>\r\nContent-Type: text/plain; charset=none\r\n\r\n\xff"
        )
        assert client.get("/en/mailbox/").status_code == 200
        assert client.get("/en/mailbox/1.broken/").status_code == 200
