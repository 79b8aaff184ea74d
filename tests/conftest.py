"""What holds for every test: this machine alone, tasks at once, a clean cache."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import TransactionTestCase

from tests.emptying import empty_what_was_written
from tests.remembering import load_demonstration

# Folders and files whose tests start servers, programs and builds.
SLOW = {"e2e", "operations", "tools", "test_docs.py"}
LOCAL_NAMES = {"localhost", ""}
_connect = socket.socket.connect


def is_local(address: Any) -> bool:
    """Tell whether a socket's address is on this machine: a Unix socket, or the loopback."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded_connect(self: socket.socket, address: Any) -> None:
    """Connect on this machine; raises ``OSError`` for anything beyond it."""
    if not is_local(address):
        raise OSError(f"A test tried to reach {address[0]}: nothing beyond this machine is reached by tests.")
    _connect(self, address)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Keep tests on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        yield


@pytest.fixture(scope="session", autouse=True)
def settings_for_tests() -> None:
    """Refuse to run under any settings but those for tests."""
    assert settings.CELERY_TASK_ALWAYS_EAGER, "tests run tasks at once"
    assert settings.EMAIL_BACKEND.endswith("locmem.EmailBackend"), "tests send no mail"
    assert settings.DATABASES["default"]["TEST"]["NAME"].startswith("test_"), "tests have a database of their own"


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    """Empty after each test that commits what it has written, and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_what_was_written)
        yield


@pytest.fixture
def demonstration(transactional_db: None) -> None:
    """Load the demonstration into the test's database: every kind of page, in every state."""
    load_demonstration()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end.

    All that needs the demonstration runs in one process, which loads it once.
    """
    for item in items:
        if "demonstration" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("demonstration"))
        if _is_quick(item):
            item.add_marker(pytest.mark.quick)
    items.sort(key=lambda item: not _is_long(item))


def _is_long(item: pytest.Item) -> bool:
    is_marked = item.get_closest_marker("network") is not None
    return is_marked or not {"live_server", "demonstration"}.isdisjoint(getattr(item, "fixturenames", ()))


def _is_quick(item: pytest.Item) -> bool:
    """Tell whether a test needs no database, and stands where none starts programs that take seconds."""
    asks = {"db", "transactional_db", "live_server", "demonstration", "django_db_setup", "browser"}
    is_apart = asks.isdisjoint(getattr(item, "fixturenames", ()))
    is_marked = any(item.get_closest_marker(name) for name in ("django_db", "network"))
    return is_apart and not is_marked and SLOW.isdisjoint(item.path.relative_to(Path(__file__).parent).parts)


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    """Leave nothing in the cache for the next test.

    Only the keys of this process go: ``cache.clear()`` would empty the store, and with it what others run there.
    """
    yield
    with redis.Redis.from_url(settings.REDIS_URL) as store:
        keys = list(store.scan_iter(match=f"{settings.CACHES['default']['KEY_PREFIX']}:*", count=1000))
        if keys:
            store.delete(*keys)
