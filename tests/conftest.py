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
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from tests.emptying import empty_what_was_written
from tests.remembering import load_demonstration

# Folders and files whose tests start servers, programs and builds.
SLOW = {"e2e", "operations", "tools", "test_docs.py"}
# Files whose tests run in one process, one after another: those that load the demonstration, which takes longer than
# most tests do, and those that share a server or the roles of a whole cluster. Since pytest 9.2, which names tests
# otherwise, xdist's own marks for groups do nothing.
TOGETHER = {
    "tests/accounts/test_demo.py": "demonstration",
    "tests/e2e/test_axe.py": "demonstration",
    "tests/e2e/test_layout.py": "demonstration",
    "tests/e2e/test_newsletter.py": "demonstration",
    "tests/e2e/test_staff.py": "demonstration",
    "tests/operations/test_roles.py": "roles",
    "tests/operations/test_sentinel.py": "sentinel",
}
LOCAL_NAMES = {"localhost", ""}
_connect = socket.socket.connect


class Spread(LoadScopeScheduling):
    """Gives each process one test at a time, or all of a group."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER.get(nodeid.partition("::")[0], nodeid)


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread tests singly, but those of a file that is named above in one process."""
    return Spread(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what is quick, before ``-m`` chooses."""
    if _is_quick(item):
        item.add_marker(pytest.mark.quick)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        if "demonstration" in getattr(item, "fixturenames", ()) and TOGETHER.get(file) != "demonstration":
            raise pytest.UsageError(f"{file} loads the demonstration: name it in TOGETHER of tests/conftest.py.")
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
def no_language_left() -> Iterator[None]:
    """Begin each test in the portal's own language, whichever the one before has read a page in."""
    yield
    translation.deactivate()


@pytest.fixture
def english() -> Iterator[None]:
    """Let words be English, unless a page or a test chooses another language."""
    with translation.override("en"):
        yield


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
