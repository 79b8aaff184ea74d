"""Whose address it is, the request's number, and input that no page can mean."""

import re

import pytest
from csp.utils import build_policy
from django.db import DataError
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory, override_settings

from portal.web.middleware import BadInputMiddleware, ClientAddressMiddleware, PolicyMiddleware, RequestIdMiddleware

LANGUAGES = ["ar", "en", "zh-hans"]
TITLES = {
    400: "The request could not be understood",
    404: "Page not found",
    405: "This address cannot be opened directly",
    413: "That was too large",
}


def address_seen(proxies, **meta):
    """Return what the middleware makes of a request's addresses."""
    request = RequestFactory().get("/", **meta)
    with override_settings(TRUSTED_PROXIES=proxies):
        ClientAddressMiddleware(lambda _: HttpResponse())(request)
    return request.META["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        # What a visitor puts in front is not believed: the right-most address that is no proxy counts.
        (["10.0.0.0/8"], "10.0.0.2", "1.2.3.4, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.2", "198.51.100.1, nonsense", "10.0.0.2"),
        (["10.0.0.2"], "10.0.0.2", "2001:db8::7", "2001:db8::7"),
        (["10.0.0.2"], "::ffff:10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.2", "", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.2", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(proxies, remote, forwarded, expected):
    assert address_seen(proxies, REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded) == expected


def test_forwarding_headers_of_strangers_are_dropped():
    request = RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_HOST="evil.example")
    with override_settings(TRUSTED_PROXIES=[]):
        ClientAddressMiddleware(lambda _: HttpResponse())(request)
    assert not [name for name in request.META if name.startswith("HTTP_X_FORWARDED")]


@pytest.mark.parametrize(
    ("given", "is_kept"), [("abcdef-123456", True), ("short", False), ("x" * 65, False), ("a b\nc" * 3, False)]
)
def test_request_id(given, is_kept):
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID=given)
    response = RequestIdMiddleware(lambda _: HttpResponse())(request)
    assert response["X-Request-ID"] == request.id
    assert (request.id == given) is is_kept
    assert is_kept or re.fullmatch("[0-9a-f]{32}", request.id)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("%00/", 400),
        ("?q=%00", 400),
        ("?%00=1", 400),
        ("consultations/?q=a%00b", 400),
        ("consultations/99999999999999999999/", 404),
        ("consultations/" + "9" * 5000 + "/", 404),
        ("consultations/" + "x" * 300 + "/", 404),
        ("x/" * 1200, 404),
        ("nothing-here/", 404),
    ],
)
def test_impossible_addresses_get_a_page_in_the_language(client, language, path, status):
    response = client.get(f"/{language}/{path}")
    assert response.status_code == status
    assert response["Content-Language"] == language
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else language}"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/AR/", "", "ar"),
        ("/EN/consultations/", "", "en"),
        ("/zh/", "en", "zh-hans"),
        ("/fr/", "zh-CN,zh;q=0.9", "zh-hans"),
        ("/fr/", "xx" * 5000, "ar"),
        ("/fr/", "en-GB", "en"),
    ],
)
def test_languages_that_are_not_ours_are_not_found_in_one_that_is(client, path, accept, language):
    response = client.get(path, headers={"accept-language": accept})
    assert response.status_code == 404
    assert response["Content-Language"] == language
    assert f'href="/{language}/"' in response.content.decode()


@pytest.mark.django_db
def test_forms_with_nul_bytes_are_refused_and_the_rest_is_given_back():
    response = Client(enforce_csrf_checks=True).post("/en/", {"text": "My long remark\x00 here", "other": "x"})
    assert response.status_code == 400
    assert TITLES[400] in response.content.decode()
    assert "My long remark here" in response.content.decode()


@pytest.mark.django_db
def test_forms_that_are_too_large_are_refused(client):
    response = client.post("/en/", "text=" + "a" * 3_000_000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    assert TITLES[413] in response.content.decode()


@pytest.mark.django_db
def test_forms_with_too_many_fields_are_refused(client):
    response = client.post("/en/", {f"f{n}": "1" for n in range(1100)})
    assert response.status_code == 400


@pytest.mark.django_db
def test_broken_forms_are_refused(client):
    response = client.post("/en/", b"--nothing", content_type="multipart/form-data; boundary=")
    assert response.status_code == 400


@pytest.mark.django_db
def test_the_wrong_method_gets_a_page_that_says_so(client):
    response = client.post("/en/design/")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert TITLES[405] in response.content.decode()


@pytest.mark.parametrize(("method", "error"), [("GET", Http404), ("POST", Exception)])
def test_values_beyond_the_database_are_no_server_error(method, error):
    middleware = BadInputMiddleware(lambda _: HttpResponse())
    request = RequestFactory().generic(method, "/en/")
    with pytest.raises(error) as caught:
        middleware.process_exception(request, DataError("integer out of range"))
    assert type(caught.value).__name__ == ("Http404" if method == "GET" else "BadRequest")
    assert middleware.process_exception(request, ValueError()) is None


def policed(**attributes) -> HttpResponse:
    """Return an answer with these attributes, as it leaves the middleware of the policy."""
    response = HttpResponse("text")
    for name, value in attributes.items():
        setattr(response, name, value)
    return PolicyMiddleware(lambda request: response)(RequestFactory().get("/en/"))


def test_every_answer_has_the_whole_policy(settings):
    sent = policed()["Content-Security-Policy"]
    assert sorted(sent.split("; ")) == sorted(build_policy().split("; "))
    assert "script-src 'self'" in sent.split("; ")


def test_a_view_may_have_a_policy_of_its_own():
    assert "img-src 'self' data: https://maps.example" in policed(_csp_update={"img-src": ["https://maps.example"]})[
        "Content-Security-Policy"
    ].split("; ")
    assert "Content-Security-Policy" not in policed(_csp_exempt=True)
