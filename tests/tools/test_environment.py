"""What the programs are told, and what the person at the terminal decides."""

import stat
from pathlib import Path

import pytest

from sawt_tools import environment, paths, stores
from sawt_tools.console import Problem


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep secrets and data in a folder of the test."""
    monkeypatch.setattr(paths, "VAR", tmp_path)
    for name in environment.SHARED:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(("value", "expected"), [(None, 8000), ("", 8000), ("8123", 8123), ("65535", 65535)])
def test_a_port_is_taken_from_the_environment(value: str | None, expected: int) -> None:
    assert environment.port(value) == expected


@pytest.mark.parametrize("value", ["0", "65536", "-1", "web", "80.0", "٨٠٠٠", "8 000"])
def test_what_is_no_port_is_refused_in_a_sentence(value: str) -> None:
    with pytest.raises(Problem, match="PORT must be a number"):
        environment.port(value)


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(var: Path) -> None:
    assert environment.kept_secret("key", "first") == "first"
    assert environment.kept_secret("key", "second") == "first"
    assert stat.S_IMODE((var / "key").stat().st_mode) == 0o600


def test_a_password_has_nothing_that_looks_alike() -> None:
    password = environment.demo_password()
    assert [len(group) for group in password.split("-")] == [5, 5, 5]
    assert set(password) & set("01lio") == set()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("portal.example", "http://portal.example:8000"),
    ],
)
def test_the_address_is_one_that_can_be_opened(host: str, expected: str) -> None:
    assert environment.site(host, 8000) == expected


def test_what_the_person_set_stays_and_our_stores_are_told(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAWT_DEMO_PASSWORD", "my own password")
    monkeypatch.setenv("SECRET_KEY", "")
    told = environment.application("127.0.0.1", 8000, {"REDIS_URL": "unix:///r/valkey.sock"})
    assert told["SAWT_DEMO_PASSWORD"] == "my own password"
    assert told["SECRET_KEY"] == (var / "secret_key").read_text()
    assert told["REDIS_URL"] == "unix:///r/valkey.sock"
    assert told["SAWT_HOSTS"] == "localhost,127.0.0.1,[::1]"


def test_the_lines_for_a_shell_are_quoted() -> None:
    lines = environment.exports({"DATABASE_URL": "postgres://a@/b?host=/x y", "HOME": "/root"})
    assert lines == "export DATABASE_URL='postgres://a@/b?host=/x y'\n"
    assert environment.from_exports(lines) == {"DATABASE_URL": "postgres://a@/b?host=/x y"}


def test_mail_goes_to_the_persons_own_server_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_HOST", "smtp.example")
    assert stores.mailbox_address() == {}
    monkeypatch.delenv("EMAIL_HOST")
    assert stores.mailbox_address()["EMAIL_HOST"] == "127.0.0.1"


def test_a_port_somebody_listens_on_is_not_free() -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        assert not stores.port_is_free("127.0.0.1", number)
    assert stores.port_is_free("127.0.0.1", number)


def test_a_socket_in_a_deep_folder_gets_a_short_path(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    folder = paths.socket_folder(deep)
    try:
        assert len(str(folder)) < paths.LONGEST_SOCKET_FOLDER
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()
    assert paths.socket_folder(tmp_path) == tmp_path / "run"
