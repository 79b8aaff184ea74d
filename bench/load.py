"""A small client: so many connections kept open, each asking again as soon as it is answered."""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

CONNECTIONS = 16
PATIENCE = 15.0

MakeRequest = Callable[[], bytes]


class Silent(RuntimeError):
    """The server did not answer in time."""


@dataclass
class Result:
    """How many answers came in how many seconds, and with which status."""

    seconds: float
    statuses: Counter = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds


class _Connection:
    def __init__(self, address: tuple[str, int], make: MakeRequest) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.make = make

    def ask(self) -> None:
        self.received, self.missing, self.status = b"", -1, 0
        self.socket.sendall(self.make())

    def read(self) -> bool:
        """Take what has come; True once the answer is whole."""
        data = self.socket.recv(262_144)
        if not data:
            raise Silent("The server closed a connection.")
        if self.missing >= 0:
            self.missing -= len(data)
            return self.missing <= 0
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.received[:end].lower()
        self.status = int(head[9:12])
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        self.missing = length - (len(self.received) - end - 4)
        return self.missing <= 0


def run(address: tuple[str, int], make: MakeRequest, seconds: float, connections: int = CONNECTIONS) -> Result:
    """Ask for so many seconds over so many connections; what is under way at the end is waited for and counted."""
    selector = selectors.DefaultSelector()
    lines = [_Connection(address, make) for _ in range(connections)]
    statuses: Counter = Counter()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    began = time.perf_counter()
    until = began + seconds
    for line in lines:
        line.ask()
    busy = len(lines)
    while busy:
        ready = selector.select(PATIENCE)
        if not ready:
            raise Silent("The server did not answer.")
        for key, _events in ready:
            if not key.data.read():
                continue
            statuses[key.data.status] += 1
            if time.perf_counter() < until:
                key.data.ask()
            else:
                busy -= 1
                selector.unregister(key.data.socket)
    result = Result(time.perf_counter() - began, statuses)
    for line in lines:
        line.socket.close()
    return result


def get(path: str, **headers: str) -> bytes:
    """Return a GET request."""
    return _request("GET", path, headers)


def post(path: str, body: bytes, **headers: str) -> bytes:
    """Return a POST request of a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    return _request("POST", path, form | headers) + body


def _request(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
