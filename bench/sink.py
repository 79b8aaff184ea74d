"""A relay that takes everything and keeps nothing, in a process of its own: ``python -m bench.sink PORT [DELAY]``.

It answers as fast as it can or, with a delay in seconds, each command so much later, as a relay far away does.
"""

import asyncio
import sys
from collections.abc import Iterator

_REPLIES = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 20000000\r\n",
    b"HELO": b"250 sink\r\n",
    b"MAIL": b"250 OK\r\n",
    b"RCPT": b"250 OK\r\n",
    b"DATA": b"354 Go on\r\n",
    b"RSET": b"250 OK\r\n",
    b"NOOP": b"250 OK\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One session."""

    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport, self.kept, self.in_data = transport, b"", False
        self.say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer commands and messages; those that came together are answered together (RFC 2920, 3.2)."""
        self.kept += data
        if replies := b"".join(self.replies()):
            self.say(replies)

    def replies(self) -> Iterator[bytes]:
        """Take what is whole, and give the reply to each command, and to each message at its end."""
        while self.in_data or b"\r\n" in self.kept:
            if self.in_data:
                _message, end, rest = self.kept.partition(_END)
                if not end:
                    return
                self.kept, self.in_data = rest, False
                yield b"250 OK\r\n"
                continue
            line, _end, self.kept = self.kept.partition(b"\r\n")
            word = line[:4].upper()
            self.in_data = word == b"DATA"
            yield _REPLIES.get(word, b"502 No\r\n")

    def say(self, reply: bytes) -> None:
        """Answer, now or later."""
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, reply)
        else:
            self.transport.write(reply)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    Sink.delay = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    asyncio.run(_serve(int(sys.argv[1])))
