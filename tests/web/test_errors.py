"""Error pages: in the language, with what was typed, and without a way off the site."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.test import Client, RequestFactory
from django.utils import translation
from django_ratelimit.exceptions import Ratelimited

from portal.web.views import errors
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


def request_for(method="get", path="/en/x/", data=None, **extra):
    """Return a request that no middleware has seen but the session's."""
    request = getattr(RequestFactory(), method)(path, data or {}, **extra)
    request.session = Client().session
    return request


@pytest.mark.parametrize(
    ("view", "exception", "status", "words"),
    [
        (errors.bad_request, ValueError(), 400, "The request could not be understood"),
        (errors.bad_request, RequestDataTooBig(), 413, "That was too large"),
        (errors.bad_request, TooManyFieldsSent(), 400, "The request could not be understood"),
        (errors.forbidden, PermissionDenied(), 403, "This page is not open to you"),
        (errors.forbidden, Ratelimited(), 429, "Too many in a short time"),
        (errors.too_many_requests, Ratelimited(), 429, "Too many in a short time"),
        (errors.not_found, None, 404, "Page not found"),
    ],
)
def test_each_error_has_its_page(view, exception, status, words):
    with translation.override("en"):
        response = view(request_for(), exception)
    assert response.status_code == status
    assert f"<h1>{words}</h1>" in response.content.decode()


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr"), ("zh-hans", "ltr")])
def test_the_page_for_a_fault_of_ours_needs_nothing(django_assert_num_queries, language, direction):
    with translation.override(language), django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert f'dir="{direction}"' in response.content.decode()


def test_an_old_page_gives_the_text_back():
    client = Client(enforce_csrf_checks=True)
    data = {"text": "A remark <b>of mine</b> that took an hour", "password": "my secret words", "direction": "up"}
    response = client.post("/en/consultations/", data, headers={"referer": "http://testserver/en/consultations/"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "The session has expired" in page
    assert "A remark &lt;b&gt;of mine&lt;/b&gt; that took an hour" in page
    assert "my secret words" not in page
    assert 'href="http://testserver/en/consultations/"' in page


@pytest.mark.parametrize("referrer", ["https://evil.example/", "javascript:alert(1)", ""])
def test_no_way_back_leads_off_the_site(referrer):
    with translation.override("en"):
        page = errors.csrf_failure(request_for("post", data={"a": "b"}, HTTP_REFERER=referrer)).content.decode()
    assert "Back to the page" not in page
    assert not referrer or referrer not in page


def test_secrets_and_choices_are_not_given_back():
    data = {"pass": "a b c d", "email": "a b", "code": "a b c", "state": "open", "note": "two words", "empty": "   "}
    assert errors.typed_text(request_for("post", data=data)) == ["two words"]
    assert errors.typed_text(request_for("get", data=data)) == []


@pytest.mark.parametrize("value", ["好", "أوافق", "I agree", "Yes", "٥٠", "👍", "x" * 31])
@pytest.mark.parametrize("name", ["passage", "postcode", "email_body", "sections-0-title_ar"])
def test_short_words_of_every_language_are_given_back(name, value):
    assert errors.typed_text(request_for("post", data={name: value})) == [value]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Password", "A b C d"), ("form-0-email", "A@b.org"), ("login", "A@b.org"), ("csrfmiddlewaretoken", "Ab")),
        *(("_save", "Save and continue"), ("language", "zh-hans"), ("opens_at_0", "2026-11-21"), ("n", "\u200b")),
    ],
)
def test_secrets_buttons_and_codes_are_kept_back(name, value):
    assert errors.typed_text(request_for("post", data={name: value})) == []


def test_too_many_attempts_to_sign_in():
    with translation.override("en"):
        response = errors.locked_out(request_for("post"), None, {"username": "x"})
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "paused here for 15 minutes" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused_in_a_page(client):
    response = client.get("/en/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_errors_greet_whoever_is_signed_in(client):
    client.force_login(PersonFactory(display_name="Sara"))
    assert "<bdi>Sara</bdi>" in client.get("/en/?q=%00").content.decode()
