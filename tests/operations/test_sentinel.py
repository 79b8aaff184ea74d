"""The cache follows the primary that Sentinels name. With real servers, one of which dies."""

import subprocess
import time
from pathlib import Path

import pytest
import redis

from portal.operations.sentinel import SentinelCache
from sawt_tools import valkey
from sawt_tools.stores import free_port

pytestmark = pytest.mark.network
SECRET = "a secret of this test"


@pytest.fixture
def servers(tmp_path):
    """Start a primary, a replica and a Sentinel; give them by name with their ports."""
    ports = {name: free_port() for name in ("primary", "replica", "sentinel")}
    common = f'bind 127.0.0.1\nrequirepass "{SECRET}"\nsave ""\n'
    texts = {
        "primary": f'{common}primaryauth "{SECRET}"\n',
        "replica": f'{common}primaryauth "{SECRET}"\nreplicaof 127.0.0.1 {ports["primary"]}\n',
        "sentinel": f"{common}sentinel monitor sawt 127.0.0.1 {ports['primary']} 1\n"
        f'sentinel auth-pass sawt "{SECRET}"\nsentinel down-after-milliseconds sawt 500\n'
        "sentinel failover-timeout sawt 2000\n",
    }
    started = {}
    try:
        for name, text in texts.items():
            folder = tmp_path / name
            folder.mkdir()
            started[name] = start(folder, text, ports[name], mode=["--sentinel"] if name == "sentinel" else [])
        yield ports, started
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def start(folder: Path, text: str, port: int, *, mode: list[str]) -> subprocess.Popen:
    file = folder / "valkey.conf"
    file.write_text(f"{text}port {port}\ndir {folder}\n")
    process = subprocess.Popen([valkey.program(), str(file), *mode], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port, password=SECRET)
    wait(lambda: client.ping())
    return process


def wait(condition, seconds=30):
    """Wait until something is true; what it raises meanwhile is patience's business."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (redis.RedisError, OSError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_cache_follows_the_primary(servers):
    ports, processes = servers
    sentinel = redis.Redis(port=ports["sentinel"], password=SECRET, decode_responses=True)
    wait(lambda: len(sentinel.sentinel_slaves("sawt")) == 1)
    cache = SentinelCache(
        [f"127.0.0.1:{ports['sentinel']}"], {"OPTIONS": {"name": "sawt", "password": SECRET, "db": 0}}
    )
    cache.set("language", "ar")
    wait(lambda: redis.Redis(port=ports["replica"], password=SECRET).dbsize() == 1)
    processes["primary"].kill()
    wait(lambda: cache.set("after", "yes") or cache.get("after") == "yes")
    assert cache.get("language") == "ar"
    assert redis.Redis(port=ports["replica"], password=SECRET).info("replication")["role"] == "master"
