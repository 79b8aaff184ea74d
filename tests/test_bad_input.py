"""What a hostile visitor sends: every answer is a page in the reader's language, and nothing is stored."""

import re
from functools import partial
from urllib.parse import urlencode

import pytest
from celery import current_app
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from engagement.comments.models import Comment, CommentVote
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation
from engagement.consultations.selectors import url_of
from engagement.polls.models import Ballot, Turnout
from moderation.models import Case, Report
from moderation.services import report as report_content
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Organisation, Person
from portal.messaging.models import Message
from portal.messaging.services import notify
from portal.web.templatetags.texts import markdown, paragraphs, person_name
from portal.wsgi import application
from tests import factories
from tests.factories import CommentFactory, ConsultationFactory, PersonFactory, SectionFactory, days, staff

pytestmark = pytest.mark.django_db
LANGUAGES = ["ar", "en", "zh-hans"]
SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
FORM = "application/x-www-form-urlencoded"
LONG = "A remark that took a quarter of an hour to write"
# Text of the three languages; neither Arabic words nor Chinese sentences need a space or thirty letters.
TYPED = [LONG, "我支持延长公交运营时间", "أوافق"]
NO_ADDRESSES = ["a@b.c\r\nBcc: d@e.f", "a@b.c,d@e.f", "a@b.c\x00", "x" * 300 + "@b.org", "\u202e@b.c"]
INVISIBLE = ["", "   ", "\u200b\ufeff\u00ad", "\u202e\u2066", "\u0301" * 30, "\u3164", "\u2800", "\ufe0f", "\x01\x02"]
INVISIBLE += ["\ufffc", "\U0001d159"]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def consultation():
    return ConsultationFactory(poll=factories.PollFactory())


@pytest.fixture
def comment(consultation):
    return CommentFactory(thread=consultation.thread)


@pytest.fixture
def visitor():
    """A client that gets the page of a fault of ours instead of the error, as a browser does."""
    return Client(raise_request_exception=False)


@pytest.fixture
def citizen(visitor):
    visitor.force_login(PersonFactory())
    return visitor


def strict():
    """Return a client of whom tokens are asked, signed in."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(PersonFactory())
    return client


def post_url(thing):
    return reverse("comments:post", args=[thing.thread.code])


def draft_url(thing):
    return reverse("comments:draft", args=[thing.thread.code])


def vote_url(comment):
    return reverse("comments:vote", args=[comment.code])


def poll_url(consultation):
    return reverse("polls:vote", args=[consultation.poll.code])


def stored():
    """Count what a visitor could have written."""
    return [model.objects.count() for model in (Comment, CommentVote, Turnout, Ballot, Report, Case)]


def title(response):
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.DOTALL)
    return found.group(1) if found else ""


PAGES = [
    *("", "consultations/", "consultations/{consultation}/", "consultations/{consultation}/sections/1/"),
    *("comments/{comment}/", "comments/{comment}/reply/", "moderation/report/comment/{comment}/"),
    *("about/", "about/privacy/", "account/login/", "account/signup/", "account/password/reset/"),
    *("mailbox/", "design/", "reports/", "account/", "admin/"),
]
STRANGE_HEADERS = [
    {"accept-language": "x" * 10_240},
    {"accept-language": "en;q=" + "9" * 5_000},
    {"referer": "http://[", "origin": "http://["},
    {"user-agent": "\xff" * 2_000},
    {"x-request-id": "a\tb" * 40},
    {"x-forwarded-for": "1.2.3.4, \xff", "x-forwarded-host": "evil.example"},
    {"hx-request": "true", "hx-current-url": "http://[%ff"},
    {"range": "bytes=0-1,3-", "if-modified-since": "never"},
    {"cookie": "=;;;=; sessionid=" + "x" * 4_000 + "; csrftoken=\xff; messages=a:b; django_language=xx"},
]


class TestEveryPage:
    @pytest.fixture
    def address(self, consultation, comment):
        SectionFactory(consultation=consultation, number=1)
        for key in ("privacy", "participation-policy", "moderation-policy"):
            factories.PageFactory(key=key)
        place = f"{consultation.code}/{consultation.slug}"
        return lambda page: "/en/" + page.format(consultation=place, comment=comment.code)

    @pytest.mark.parametrize("page", PAGES)
    def test_strange_headers_and_queries_change_nothing(self, visitor, address, page):
        plain = visitor.get(address(page)).status_code
        assert plain in (200, 302)
        for headers in STRANGE_HEADERS:
            assert Client().get(address(page), headers=headers).status_code == plain, headers
        for query in ("page=-1&sort=%ff&after=%27&state=x&q=%ED%A0%80", "page=" + "9" * 5_000, "q=" + "x" * 5_000):
            assert visitor.get(f"{address(page)}?{query}").status_code == plain, query

    @pytest.mark.parametrize("page", PAGES)
    def test_what_no_page_can_mean_is_refused(self, visitor, address, page):
        for query in ("q=%00", "%00=1", "&".join(f"f{n}=1" for n in range(1_100))):
            assert visitor.get(f"{address(page)}?{query}").status_code == 400, query[:20]
        assert visitor.get(address(page), headers={"host": "evil.example"}).status_code == 400
        assert visitor.head(address(page)).status_code in (200, 302)
        assert visitor.generic("TRACE", address(page)).status_code in (302, 405)
        for method in ("POST", "PUT", "DELETE", "PROPFIND"):
            assert strict().generic(method, address(page), "a=b", FORM).status_code in (403, 405), method

    @pytest.mark.parametrize("role", [None, *Role])
    def test_pages_of_signed_in_people_carry_the_policy_too(self, visitor, address, consultation, role):
        visitor.force_login(staff(role, consultation.organisation) if role else PersonFactory())
        for page in (*PAGES, "account/data/", "admin/nothing/", "admin/accounts/person/", "account/email/"):
            response = visitor.get(address(page))
            assert response.status_code in (200, 302, 403, 404), page
            assert "unsafe-inline" not in response["Content-Security-Policy"]


class TestComments:
    @pytest.mark.parametrize("body", INVISIBLE)
    def test_what_cannot_be_seen_is_no_comment(self, citizen, consultation, body):
        for address in (post_url(consultation), draft_url(consultation)):
            client = citizen if "post" in address else Client()
            response = client.post(address, {"body": body})
            assert response.status_code == 422
            assert "nothing can be seen in it yet" in response.content.decode()
        assert sum(stored()) == 0

    @pytest.mark.parametrize(("size", "status"), [(2_001, 422), (1_000_000, 422), (3_000_000, 413)])
    def test_long_texts_are_refused_and_given_back_where_they_could_be_read(self, citizen, consultation, size, status):
        response = citizen.post(post_url(consultation), "body=" + "x" * size, content_type=FORM)
        assert response.status_code == status
        assert ("x" * 2_001 in response.content.decode()) is (status == 422)
        assert Comment.objects.count() == 0

    def test_stacked_marks_are_cut_down_to_what_languages_need(self, citizen, consultation):
        citizen.post(post_url(consultation), {"body": "Z" + "\u0317" * 1_900 + " a\u202eb"})
        assert Comment.objects.get().body == "Z" + "\u0317" * 4 + " ab"

    def test_a_doubled_submit_is_one_comment(self, citizen, consultation):
        answers = [citizen.post(post_url(consultation), {"body": "Once is enough"})["Location"] for _ in range(3)]
        assert len(set(answers)) == 1
        assert Comment.objects.count() == 1

    def test_a_closed_thread_takes_nothing_and_gives_the_text_back(self, citizen, consultation, comment):
        thread = consultation.thread
        thread.closes_at = thread.opens_at + days(0.5)
        thread.save()
        before = stored()
        response = citizen.post(post_url(consultation), {"body": LONG})
        assert (response.status_code, LONG in response.content.decode()) == (422, True)
        citizen.post(vote_url(comment), {"direction": "up"})
        assert stored() == before

    @pytest.mark.parametrize("parent", ["other thread", "nothing", "9" * 400, "a\x00b"])
    def test_a_parent_from_elsewhere_is_not_there(self, citizen, consultation, parent):
        other = CommentFactory(thread=ConsultationFactory().thread)
        code = other.code if parent == "other thread" else parent
        response = citizen.post(post_url(consultation), {"body": LONG}, query_params={"reply": code})
        assert response.status_code == (400 if "\x00" in code else 404)
        assert Comment.objects.count() == 1

    def test_a_get_posts_and_votes_nothing(self, citizen, consultation, comment):
        before = stored()
        for address in (post_url(consultation), vote_url(comment), poll_url(consultation)):
            citizen.get(address, {"body": LONG, "direction": "up", "option": "support"})
        assert citizen.get(draft_url(consultation), {"body": LONG}).status_code == 405
        assert stored() == before

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=" + "a" * 300, b"x"),
            ("multipart/form-data; boundary=X", b'--X\r\nContent-Disposition: form-data; name="body"\r\n'),
            ("application/json", b'{"body": "A comment"}'),
            (FORM + "; charset=utf-16", b"body=A+comment"),
            (FORM, b"body=A+comment&" + b"&".join(b"f%d=1" % n for n in range(1_100))),
            (FORM, b"body=a%00b"),
        ],
    )
    def test_forms_that_cannot_be_read_are_refused(self, citizen, consultation, content_type, body):
        response = citizen.generic("POST", post_url(consultation), body, content_type=content_type)
        assert response.status_code in (400, 422)
        assert title(response)
        assert Comment.objects.count() == 0


class TestVotes:
    @pytest.mark.parametrize("option", ["", "nothing", "1", "x" * 100_000, "support\x00"])
    def test_a_foreign_option_is_no_vote(self, citizen, consultation, option):
        assert citizen.post(poll_url(consultation), {"option": option}).status_code in (400, 422)
        assert sum(stored()) == 0

    def test_without_an_account_nothing_is_counted(self, visitor, consultation, comment):
        before = stored()
        for address in (poll_url(consultation), vote_url(comment), post_url(consultation)):
            data = {"option": "support", "direction": "up"} | ({"body": LONG} if "threads" in address else {})
            response = visitor.post(address, data)
            assert response["Location"].startswith("/en/account/login/?next=")
        assert stored() == before

    def test_without_a_token_nothing_is_counted(self, consultation, comment):
        before = stored()
        for address in (poll_url(consultation), vote_url(comment), post_url(consultation)):
            response = strict().post(address, {"option": "support", "direction": "up", "body": LONG})
            assert response.status_code == 403
            assert title(response) == "The session has expired"
            assert LONG in response.content.decode()
        assert stored() == before

    def test_ten_votes_are_one(self, citizen, consultation, comment):
        for _ in range(10):
            citizen.post(poll_url(consultation), {"option": "support"})
            citizen.post(vote_url(comment), {"direction": "up"})
        comment.refresh_from_db()
        assert (Turnout.objects.count(), Ballot.objects.count(), comment.up) == (1, 1, 1)

    @pytest.mark.parametrize("referrer", ["//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil"])
    def test_voting_leads_nowhere_else(self, citizen, consultation, comment, referrer):
        response = citizen.post(vote_url(comment), {"direction": "up"}, headers={"referer": referrer})
        assert response["Location"] == f"{url_of(consultation)}#c-{comment.code}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_limit_gives_the_text_back_in_every_language(settings, monkeypatch, consultation, language):
    settings.RATELIMIT_ENABLE = True
    # One window for the whole test, wherever in a minute it begins.
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: 2_000_000_000)
    client = Client()
    client.force_login(PersonFactory())
    with translation.override(language):
        send = partial(client.post, post_url(consultation))
    answers = [send({"body": f"{LONG} ({n})"}, headers={"x-forwarded-for": f"198.51.100.{n}"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert f"{LONG} (10)" in answers[-1].content.decode()
    assert answers[-1]["Content-Language"] == language
    assert Comment.objects.count() == 10


def test_another_body_reaches_nothing(consultation, comment):
    """Every id in an address, tried by every role of another body."""
    draft = ConsultationFactory(organisation=consultation.organisation, status=Status.DRAFT)
    section = SectionFactory(consultation=draft)
    hidden = CommentFactory(thread=draft.thread)
    ground, other = factories.GroundFactory(), factories.OrganisationFactory()
    case = report_content("comment", comment.code, ground=ground, reporter=None).case
    before = stored()
    cases, drafts = "/en/admin/moderation/case", f"/en/admin/consultations/consultation/{draft.pk}"
    pages = [
        *(url_of(draft), f"{url_of(draft)}sections/{section.number}/", post_url(draft), vote_url(hidden)),
        *(f"/en/comments/{hidden.code}/", f"/en/moderation/report/comment/{hidden.code}/"),
        *(f"{cases}/queue/{case.code}/", f"{cases}/queue/{case.code}/take/", f"{cases}/decided/{case.code}/"),
        *(f"{drafts}/change/", f"{drafts}/history/", f"{drafts}/move/published/"),
        f"/en/admin/comments/comment/{comment.pk}/change/",
        f"/en/admin/accounts/organisation/{consultation.organisation_id}/change/",
        f"/en/admin/accounts/person/{comment.author_id}/change/",
    ]
    for role in (None, *Role):
        client = Client()
        client.force_login(staff(role, other) if role else PersonFactory())
        for page in pages:
            data = {"outcome": "hide", "ground": ground.pk, "direction": "up", "body": LONG}
            for response in (client.get(page), client.post(page, data)):
                assert response.status_code in (302, 403, 404, 405), (role, page)
                assert LONG not in response.content.decode() or response.status_code == 403
        client.post(post_url(consultation), {"body": f"Not official: {role}", "official": "on"})
    assert not Comment.objects.exclude(official_for=None).exists()
    assert stored()[1:] == before[1:]
    assert Consultation.objects.get(pk=draft.pk).status == Status.DRAFT


def test_markup_is_inert_on_pages_in_mail_and_in_the_admin(client, consultation):
    author = PersonFactory(display_name=f"{SCRIPT[:50]}\u202e")
    CommentFactory(thread=consultation.thread, author=author, body=SCRIPT)
    texts = {"title_en": SCRIPT, "body_en": f"{SCRIPT} [x](javascript:alert(1))"}
    Consultation.objects.filter(pk=consultation.pk).update(**texts)
    message = notify(author, "moderation/report_outcome", context={"body": SCRIPT, "path": "", "hidden": True})
    client.force_login(staff(Role.EDITOR, consultation.organisation))
    pages = [url_of(Consultation.objects.get()), "/en/", "/en/consultations/"]
    pages += ["/en/admin/consultations/consultation/", "/en/admin/comments/comment/"]
    shown = [client.get(page).content.decode() for page in pages] + [message.html]
    shown += [markdown(SCRIPT), paragraphs(SCRIPT), person_name(author)]
    for html in shown:
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert 'href="javascript:' not in html
    assert "\u202e" not in message.html + message.text


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("page", ["signup", "login", "password/reset"])
def test_addresses_that_are_none_reach_nobody(visitor, page, address):
    data = {"email": address, "login": address, "password": "x", "password1": "a quiet river at noon"}
    response = visitor.post(f"/en/account/{page}/", data | {"display_name": "X", "kind": "individual", "consent": "on"})
    assert response.status_code in (200, 400)
    assert (Message.objects.count(), Person.objects.count()) == (0, 0)


def test_a_session_gets_a_new_key_at_sign_in(consultation):
    client = Client()
    client.post(draft_url(consultation), {"body": LONG})
    before = client.session.session_key
    client.force_login(PersonFactory())
    assert client.session.session_key != before
    assert LONG in client.get(post_url(consultation)).content.decode()


class TestAttacks:
    """What was found by attacking, and holds no more."""

    @pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "hex", "idna", "undefined", "utf-16", "nothing"])
    def test_a_charset_is_no_way_to_a_500(self, citizen, consultation, charset):
        form = b'--X\r\nContent-Disposition: form-data; name="body"\r\n\r\na +2AA- \\ud800 b\r\n--X--\r\n'
        kind = f"multipart/form-data; boundary=X; charset={charset}"
        asked = RequestFactory().get("/en/consultations/?q=+2AA-%5cud800")
        sent = RequestFactory().generic("POST", post_url(consultation), form)
        answers = []
        # As the server does it, with requests of its own kind, which the test client does not use.
        for request, named in ((asked, f"text/plain; charset={charset}"), (sent, kind)):
            request.environ |= {"CONTENT_TYPE": named, "HTTP_COOKIE": citizen.cookies.output(header="", sep=";")}
            answers.append(application.get_response(application.request_class(request.environ)).status_code)
        assert answers == [200, 400]
        assert Comment.objects.count() == 0

    @pytest.mark.parametrize("path", ["/", "/en/", "/fr/", "/en/admin/"])
    def test_a_nul_byte_in_the_session_cookie_is_no_session(self, visitor, path):
        response = visitor.get(path, headers={"cookie": 'sessionid="\\000abcdefghij"'})
        assert response.status_code < 500

    def test_a_broken_referrer_leads_to_the_place(self, citizen, consultation, comment):
        response = citizen.post(vote_url(comment), {"direction": "up"}, headers={"referer": "http://["})
        assert response["Location"] == f"{url_of(consultation)}#c-{comment.code}"

    @pytest.mark.parametrize("text", TYPED[1:])
    def test_short_texts_are_given_back_too(self, consultation, text):
        assert text in strict().post(post_url(consultation), {"body": text}).content.decode()
        assert LONG in strict().post(post_url(consultation), {"passage": LONG}).content.decode()

    def test_an_expired_session_loses_no_edit_and_no_draft_text(self, visitor, comment):
        for address in (reverse("comments:edit", args=[comment.code]), "/en/admin/consultations/consultation/add/"):
            response = visitor.post(address, {"body": LONG, "body_en": LONG})
            assert (response.status_code, title(response)) == (403, "You are no longer signed in")
            page = response.content.decode()
            assert LONG in page
            assert f'href="/en/account/login/?{urlencode({"next": address})}"' in page

    def test_an_expired_session_without_a_text_leads_to_sign_in(self, visitor, comment):
        addresses = [vote_url(comment), "/en/account/", "/en/account/password/change/", "/en/account/email/"]
        for address in addresses:
            data = {"direction": "up", "kind": "expert", "oldpassword": "My secret Words", "email": "A@b.org"}
            assert "/account/login/?next=" in visitor.post(address, data)["Location"]
        profile = visitor.post("/en/account/", {"full_name": "Sara Ahmed", "kind": "expert"})
        assert (profile.status_code, "Sara Ahmed" in profile.content.decode()) == (403, True)

    def test_another_site_cannot_replace_the_session(self, visitor, consultation):
        for address in (draft_url(consultation), reverse("polls:draft", args=[consultation.poll.code])):
            headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
            data = {"body": LONG, "option": "support"}
            for foreign in (headers, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
                response = Client().post(address, data, headers=foreign)
                assert (response.status_code, title(response)) == (403, "This was sent from another site")
                assert "sessionid" not in response.cookies
                assert LONG in response.content.decode()
            ours = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
            assert visitor.post(address, data, headers=ours)["Location"].startswith("/en/account/login/?next=")

    def test_a_body_cannot_make_itself_the_ministry(self, visitor):
        body = factories.OrganisationFactory()
        visitor.force_login(staff(Role.ADMINISTRATOR, body))
        names = dict.fromkeys(("name_ar", "name_en", "name_zh_hans"), "The ministry")
        data = {"code": body.code, "kind": "ministry", "parent": ""} | names
        visitor.post(f"/en/admin/accounts/organisation/{body.pk}/change/", data)
        assert Organisation.objects.get(pk=body.pk).kind == OrganisationKind.BODY

    @pytest.mark.parametrize("page", ["accounts/person/?password__startswith=m", "messaging/message/?text__contains=a"])
    def test_secrets_cannot_be_asked_for_letter_by_letter(self, visitor, page):
        visitor.force_login(staff(Role.ADMINISTRATOR, factories.OrganisationFactory(kind=OrganisationKind.MINISTRY)))
        assert visitor.get(f"/en/admin/{page}").status_code == 400

    @pytest.mark.parametrize("page", ["", "consultations/", "account/", "account/data/", "admin/", "nothing/"])
    def test_pages_of_people_who_are_signed_in_are_kept_nowhere(self, visitor, page):
        visitor.force_login(staff(Role.EDITOR, factories.OrganisationFactory()))
        directives = set(visitor.get(f"/en/{page}")["Cache-Control"].split(", "))
        assert directives >= {"private", "no-store"}

    @pytest.mark.parametrize(("who", "size"), [("visitor", 3_000_001), ("person", 25_000_000), ("editor", 25_000_001)])
    def test_what_is_too_large_is_refused_unread(self, visitor, who, size):
        if who != "visitor":
            body = factories.OrganisationFactory()
            visitor.force_login(staff(Role.EDITOR, body) if who == "editor" else PersonFactory())
        # Announced and not sent: reading any of it would fail.
        kind = {"content_type": "multipart/form-data; boundary=X", "CONTENT_LENGTH": str(size)}
        response = visitor.generic("POST", "/en/admin/", b"--X--", **kind)
        assert (response.status_code, title(response)) == (413, "That was too large")

    @pytest.mark.parametrize(("role", "size"), [(None, 2_900_000), (Role.EDITOR, 20_100_000)])
    def test_what_is_not_too_large_is_read(self, visitor, role, size):
        if role:
            visitor.force_login(staff(role, factories.OrganisationFactory()))
        data = {"upload": SimpleUploadedFile("a.pdf", b"x" * size), "body": LONG}
        response = visitor.post("/en/account/password/change/", data)
        assert response.status_code in (200, 403)

    def test_a_head_is_answered_wherever_a_get_is(self, citizen, consultation, comment):
        before = stored()
        addresses = [post_url(consultation), poll_url(consultation), f"{vote_url(comment)}?direction=up"]
        addresses += ["/en/account/", "/en/account/data/", "/en/account/erase/"]
        for address in addresses:
            assert (citizen.head(address).status_code, citizen.get(address).status_code) == (200, 200), address
        assert citizen.head(reverse("comments:edit", args=[comment.code])).status_code == 404
        assert stored() == before

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "X"])
    def test_other_methods_are_named_as_such(self, consultation, method):
        for address in (url_of(consultation), post_url(consultation), "/en/account/", "/en/admin/"):
            response = strict().generic(method, address, "a=b", FORM)
            assert (response.status_code, title(response)) == (405, "This address cannot be opened directly")
            assert response["Allow"] == "GET, HEAD, POST, OPTIONS"
        assert strict().generic(method, "/en/nothing/").status_code == 404

    @pytest.mark.parametrize(("cookie", "language"), [("AR", "ar"), ("EN", "en"), ("ZH-Hans", "zh-hans"), ("xx", "ar")])
    def test_a_language_in_another_case_leads_to_a_page(self, cookie, language):
        response = Client().get("/", headers={"cookie": f"django_language={cookie}", "accept-language": "ar"})
        assert response["Location"] == f"/{language}/"

    @pytest.mark.parametrize("page", ["signup", "email"])
    def test_an_address_that_grows_gets_an_error_in_the_form(self, visitor, page):
        if page == "email":
            visitor.force_login(PersonFactory())
            visitor.post("/en/account/reauthenticate/", {"password": "password for tests"})
        # U+FDFA stands for 18 letters in its canonical form.
        data = {"email": "a@" + "\ufdfa" * 20 + ".org", "password1": "a quiet river at noon", "action_add": ""}
        data |= {"display_name": "X", "kind": "individual", "consent": "on"}
        response = visitor.post(f"/en/account/{page}/", data)
        assert response.status_code == 200
        assert "Enter a valid email address." in response.content.decode()
        assert Person.objects.filter(email__contains="\ufdfa").count() == 0

    def test_static_files_carry_the_policy(self, client):
        response = client.get("/static/css/sawt.css")
        assert response.status_code == 200
        assert "default-src 'self'" in response["Content-Security-Policy"]

    def test_ended_sessions_are_cleared_away_every_day(self, settings):
        for days_left in (-1, 1):
            Session.objects.create(session_key=f"key{days_left}", expire_date=timezone.now() + days(days_left))
        assert settings.CELERY_BEAT_SCHEDULE["sessions"] == {"task": "web.clear_sessions", "schedule": 86_400}
        current_app.loader.import_default_modules()
        current_app.tasks["web.clear_sessions"]()
        assert list(Session.objects.values_list("session_key", flat=True)) == ["key1"]
