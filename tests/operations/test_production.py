"""Production settings: what is missing or dangerous stops the start with one sentence."""

import json
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.audit import services as audit
from portal.operations import checks, selectors, sentry
from portal.operations.logs import GONE
from portal.settings import environment as env
from tests.factories import OrganisationFactory
from tests.operations import ROOT
from tests.operations.test_watching import production


def run(*command, **changes):
    """Run a command under production settings; return status and last words."""
    done = subprocess.run(
        [sys.executable, *command], env=production(**changes), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    return done.returncode, (done.stdout if done.returncode == 0 else done.stderr).strip()


def value_of(expression, **changes):
    """Return a setting under production settings, as JSON sees it."""
    code = f"import json; from django.conf import settings; print(json.dumps({expression}))"
    status, said = run("-c", code, **changes)
    assert status == 0, said
    return json.loads(said)


def test_everything_missing_is_named_in_one_sentence():
    assert run("manage.py", "check", SECRET_KEY="", REDIS_URL="", EMAIL_HOST="") == (
        1,
        "Set SECRET_KEY, REDIS_URL, EMAIL_HOST in the environment: the portal does not start without.",
    )


@pytest.mark.parametrize("program", [("-c", "import portal.wsgi"), ("-m", "celery", "-A", "portal", "report")])
def test_every_program_stops_with_the_same_sentence(program):
    status, said = run(*program, SAWT_HOSTS="")
    assert (status, said) == (1, "Set SAWT_HOSTS in the environment: the portal does not start without.")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SAWT_DEMO": "1"}, "SAWT_DEMO is set: the demonstration is refused in production. Unset it."),
        ({"SAWT_BASE_URL": "http://sawt.example"}, "SAWT_BASE_URL must begin with https://"),
        ({"SAWT_HOSTS": "*"}, "SAWT_HOSTS must name the portal's hosts"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be at least 50 random characters"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be at least 50 random characters"),
        (
            {"SECRET_KEY": "development-only-key-that-production-refuses-to-start-with"},
            "SECRET_KEY must be at least 50 random characters",
        ),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with postgres://"),
        ({"EMAIL_PORT": "mail"}, "EMAIL_PORT must be a whole number"),
    ],
)
def test_what_is_dangerous_stops_the_start(changes, sentence):
    status, said = run("manage.py", "check", **changes)
    assert status == 1
    assert said.startswith(sentence)
    assert "\n" not in said


def test_a_measures_folder_that_is_none_stops_the_start():
    status, said = run("manage.py", "check", SAWT_METRICS="/nowhere")
    assert status == 1
    assert "SAWT_METRICS names /nowhere, which is no folder that can be written to." in said


# What one variable brings with it


def test_one_host_needs_neither_replica_nor_sentinel_nor_object_storage():
    expression = "[list(settings.DATABASES), settings.DATABASE_ROUTERS, settings.CELERY_BROKER_URL,"
    expression += " settings.STORAGES['default']['BACKEND'].rpartition('.')[2]]"
    assert value_of(expression) == [["default"], [], "redis://localhost:1/0", "FileSystemStorage"]


def test_replicas_come_with_router_and_middleware():
    url = "postgres://sawt_app@/sawt?host=r1,r2&port=5432,5432&target_session_attrs=prefer-standby"
    expression = "[settings.DATABASES['replica']['HOST'], settings.DATABASES['replica']['OPTIONS'],"
    expression += " settings.DATABASE_ROUTERS, 'portal.operations.middleware.ReplicaMiddleware' in settings.MIDDLEWARE]"
    assert value_of(expression, SAWT_REPLICA_URL=url) == [
        "r1,r2",
        {"target_session_attrs": "prefer-standby"},
        ["portal.operations.routers.ReplicaRouter"],
        True,
    ]


def test_sentinels_are_asked_by_cache_and_broker():
    changes = {"SAWT_SENTINELS": "s1:26379,s2:26379", "REDIS_URL": "redis://:p%40ss@valkey:6379/1"}
    cache, broker, options = value_of(
        "[settings.CACHES['default'], settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS]", **changes
    )
    assert cache["BACKEND"] == "portal.operations.sentinel.SentinelCache"
    assert cache["LOCATION"] == ["s1:26379", "s2:26379"]
    assert cache["OPTIONS"] == {"name": "sawt", "password": "p@ss", "db": 1}
    assert broker == "sentinel://:p%40ss@s1:26379/1;sentinel://:p%40ss@s2:26379/1"
    assert options == {"master_name": "sawt", "sentinel_kwargs": {"password": "p@ss"}}


def test_files_in_object_storage_stay_private():
    changes = {"SAWT_S3_BUCKET": "sawt-files", "SAWT_S3_ENDPOINT": "https://s3.example", "SAWT_S3_KEY": "k"}
    code = """
from django.core.files.storage import storages
store = storages["default"]
print(type(store).__name__, store.bucket_name, store.endpoint_url, store.default_acl, store.querystring_auth)
"""
    assert run("-c", f"import django; django.setup()\n{code}", **changes) == (
        0,
        "S3Storage sawt-files https://s3.example None True",
    )


def test_behind_a_pooler_no_cursor_outlives_its_connection():
    expression = "settings.DATABASES['default'].get('DISABLE_SERVER_SIDE_CURSORS', False)"
    assert (value_of(expression), value_of(expression, SAWT_POOLED="1")) == (False, True)


def test_parts_of_a_stores_address():
    assert env.store("redis://valkey:6379") == {"password": "", "db": 0}
    assert env.sentinel_url(["a:1"], password="", db=0) == "sentinel://a:1/0"
    with pytest.raises(ImproperlyConfigured, match="Set SAWT_NOTHING in"):
        env.needed("SAWT_NOTHING", "PATH")


# Checks of the database


@pytest.fixture
def in_production(monkeypatch):
    monkeypatch.setattr(checks, "is_production", lambda: True)


@pytest.mark.django_db
def test_a_database_with_the_demonstration_is_refused_in_production_alone(in_production, monkeypatch):
    assert checks.no_demonstration(["default"]) == []
    audit.record(checks.ANCHORED, OrganisationFactory(), by=None)
    assert [found.id for found in checks.no_demonstration(["default"])] == ["operations.E001"]
    assert checks.no_demonstration(["other"]) == checks.no_demonstration() == []
    monkeypatch.setattr(checks, "is_production", lambda: False)
    assert checks.no_demonstration(["default"]) == []


@pytest.mark.django_db
def test_a_role_that_could_change_ledgers_is_noticed_in_production_alone(in_production, monkeypatch):
    (found,) = checks.ledgers_are_out_of_reach(["default"])
    assert found.id == "operations.W001"
    assert "audit_entry" in found.msg
    monkeypatch.setattr(checks, "changeable_ledgers", lambda: [])
    assert checks.ledgers_are_out_of_reach(["default"]) == []
    monkeypatch.setattr(checks, "is_production", lambda: False)
    assert checks.ledgers_are_out_of_reach(["default"]) == []


@pytest.mark.django_db
def test_no_ledger_is_forgotten():
    assert selectors.changeable_ledgers() == selectors.ledger_tables()


# Sentry


def test_reports_of_errors_hold_nothing_about_people():
    import sentry_sdk

    sent = []

    def keep(envelope):
        sent.extend(item.get_event() for item in envelope.items if item.get_event())

    class Transport(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope):
            keep(envelope)

    with sentry_sdk.isolation_scope():
        sentry.start("https://key@sentry.invalid/1", "0.1.0", transport=Transport)
        sentry_sdk.set_user({"email": "layla@example.org", "ip_address": "203.0.113.9"})
        try:
            name = "Layla"
            raise KeyError(name)
        except KeyError as error:
            sentry_sdk.capture_exception(error)
        sentry_sdk.capture_message("mail to layla@example.org failed")
        sentry_sdk.get_client().close()
        sentry_sdk.init()
    text = json.dumps(sent)
    assert [value["value"] for value in sent[0]["exception"]["values"]] == [f"KeyError: '{GONE}'"]
    assert len(sent) == 2
    for secret in ("Layla", "layla", "203.0.113.9", "user"):
        assert secret not in text
