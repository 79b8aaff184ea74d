"""What the list of security (docs/security/asvs.md) names and no other test shows."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Person
from tests.factories import PersonFactory
from tests.test_settings import NEEDED

ROOT = Path(settings.BASE_DIR)
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "static/js").glob("*.js")}
APPS = ("portal", "moderation", "surveys", "engagement", "tickets", "newsletter")
YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
def production():
    """Return what production is configured with, as a process of its own reads it."""
    names = [
        *(
            "DEBUG",
            "SESSION_COOKIE_NAME",
            "SESSION_COOKIE_SECURE",
            "SESSION_COOKIE_HTTPONLY",
            "SESSION_COOKIE_SAMESITE",
        ),
        *("CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE"),
        *("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "CSRF_COOKIE_PATH"),
        *("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT"),
        *("PASSWORD_HASHERS", "INSTALLED_APPS"),
    ]
    code = (
        "import json, django; from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}))"
    )
    env = {**os.environ, **NEEDED, "DJANGO_SETTINGS_MODULE": "portal.settings.production"}
    env.pop("SAWT_DEMO", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize("cookie", ["SESSION", "CSRF"])
def test_cookies_of_production_are_locked_to_the_host(production, cookie):
    values = {name.partition("_COOKIE_")[2]: value for name, value in production.items() if name.startswith(cookie)}
    # The prefix asks browsers to refuse the cookie unless it is Secure, for this host alone and for all paths.
    assert values.pop("NAME").startswith("__Host-")
    assert values == {"SECURE": True, "HTTPONLY": True, "SAMESITE": "Lax", "DOMAIN": None, "PATH": "/"}


def test_production_asks_for_tls_for_a_year(production):
    assert production["SECURE_HSTS_SECONDS"] >= YEAR
    assert production["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert production["SECURE_SSL_REDIRECT"]
    assert production["SECURE_REDIRECT_EXEMPT"] == ["^healthz$", "^readyz$"]


def test_production_shows_nobody_how_it_is_made(production):
    assert production["DEBUG"] is False
    assert [name for name in production["INSTALLED_APPS"] if "debug" in name] == []


def test_passwords_are_hashed_slowly(production):
    first = hashers.import_string(production["PASSWORD_HASHERS"][0])
    assert (first.algorithm, first.digest().name) == ("pbkdf2_sha256", "sha256")
    assert first.iterations >= 600_000


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/", "/ar/account/login/", "/zh-hans/nothing/", "/healthz", "/static/js/sawt.js"])
def test_every_answer_carries_the_headers_for_safety(client, path):
    response = client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    wanted = {"default-src": "'self'", "script-src": "'self'", "style-src": "'self'", "form-action": "'self'"}
    wanted |= {"object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
    assert {name: policy[name] for name in wanted} == wanted
    assert (response["X-Content-Type-Options"], response["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert "Access-Control-Allow-Origin" not in response
    kind, _, charset = response["Content-Type"].replace('"', "").partition("; charset=")
    assert kind in {"text/html", "text/plain", "application/json", "text/javascript"}
    assert charset == "utf-8" or kind == "application/json"


@pytest.mark.django_db
def test_trace_is_not_answered(client):
    response = client.generic("TRACE", "/en/", headers={"x-secret": "do-not-repeat"})
    assert response.status_code == 405
    assert b"do-not-repeat" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/media/", "/.git/config", "/requirements/run.txt"])
def test_folders_are_not_listed(client, path):
    assert client.get(path, follow=True).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short-pw1", "password12", "1234567890", "qwertyuiop"])
def test_passwords_are_long_and_not_common(password):
    with pytest.raises(ValidationError):
        validate_password(password, user=PersonFactory())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password", ["only lower case letters", "كلمة مرور بالعربية", "一二三四五六七八九十", " spaces kept ", "x7" * 64]
)
def test_passwords_may_hold_anything_and_be_long(client, password):
    validate_password(password, user=Person(email="someone@example.org", display_name="Somebody"))
    person = PersonFactory()
    client.force_login(person)
    words = {"oldpassword": "password for tests", "password1": password, "password2": password}
    assert client.post(reverse("account_change_password"), words).status_code == 302
    person.refresh_from_db()
    assert person.check_password(password)
    assert not person.check_password(password[:-1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "filled"), [("account_login", "current-password"), ("account_signup", "new-password")]
)
def test_password_fields_are_masked_and_work_with_password_managers(client, name, filled):
    page = client.get(reverse(name)).content.decode()
    fields = re.findall(r"<input[^>]*name=\"password1?\"[^>]*>", page)
    assert len(fields) == 1
    assert 'type="password"' in fields[0]
    assert f'autocomplete="{filled}"' in fields[0]
    assert [script for script in SCRIPTS.values() if re.search(r"[\"']paste[\"']|onpaste", script)] == []


@pytest.mark.django_db
def test_session_keys_cannot_be_guessed():
    stores = [import_module(settings.SESSION_ENGINE).SessionStore() for _ in range(50)]
    for store in stores:
        store.create()
    keys = [store.session_key for store in stores]
    # 32 characters out of 36 are 165 bits.
    assert {len(key) for key in keys} == {32}
    assert set("".join(keys)) == set("abcdefghijklmnopqrstuvwxyz0123456789")
    assert len(set(keys)) == 50


@pytest.mark.django_db
def test_a_session_that_was_signed_out_is_gone(client):
    client.force_login(PersonFactory())
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get(reverse("accounts:profile")).status_code == 200
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get(reverse("accounts:profile")).status_code == 302


def test_nothing_of_ours_makes_code_of_text():
    wanted = re.compile(r"(?<![\w.])(eval|exec|compile)\(|shell=True|os\.system|yaml\.load\(|__import__\(")
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    assert len(files) > 100
    assert [str(path) for path in files if wanted.search(path.read_text(encoding="utf-8"))] == []


def test_scripts_put_no_markup_together():
    assert len(SCRIPTS) >= 2
    wanted = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [name for name, script in SCRIPTS.items() if wanted.search(script)] == []


def test_scripts_keep_nothing_in_the_browser():
    kept = [
        line for script in SCRIPTS.values() for line in re.findall(r"(?:local|session)Storage\.setItem\([^;]*", script)
    ]
    # Whether single keys decide in the moderation queue: on or off.
    assert kept == ['localStorage.setItem(STORED, on ? "on" : "off")']
    assert [name for name, script in SCRIPTS.items() if re.search(r"indexedDB|document\.cookie|caches\.", script)] == []


@pytest.mark.parametrize("name", ["run", "development", "production"])
def test_every_part_is_locked_with_its_hash(name):
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    parts = re.split(r"\n(?=\S)", text.strip())
    assert len(parts) > 40
    assert [part for part in parts if not re.match(r"[\w.\-\[\],]+==\S+", part) or "--hash=sha256:" not in part] == []
