"""A scanner for tests: a real socket server that speaks clamd's protocol, or breaks it on request."""

import socket
import struct
import threading
import time
from contextlib import suppress

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Listens in a thread until it is closed. ``mood`` says how it answers; ``asked`` counts contents it was sent."""

    def __init__(self, path=None, mood="well", limit=1_000_000):
        self.mood, self.limit, self.asked, self.seen = mood, limit, 0, []
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(path or ("127.0.0.1", 0))
        self.listener.listen(8)
        self.address = path or self.listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        # Wakes the thread that waits for somebody to come.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line):
        with line:
            command = b""
            while not command.endswith(b"\0"):
                command += line.recv(1)
            if command == b"zPING\0":
                line.sendall(b"PONG\0" if self.mood == "well" else b"BUSY\0")
            elif command == b"zINSTREAM\0":
                self.asked += 1
                self._judge(line)
            else:
                line.sendall(b"UNKNOWN COMMAND\0")

    def _judge(self, line):
        if self.mood == "silent":
            time.sleep(3)
            return
        content = b""
        while size := struct.unpack("!I", self._exactly(line, 4))[0]:
            content += self._exactly(line, size)
            if len(content) > self.limit:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(content)
        if self.mood == "half":
            line.sendall(b"stream: O")
        elif self.mood == "slow":
            # Bytes come, the end never does.
            with suppress(OSError):
                for _ in range(40):
                    line.sendall(b"s")
                    time.sleep(0.1)
        elif self.mood == "odd":
            line.sendall(b"stream: Can't allocate memory ERROR\0")
        elif EICAR in content:
            line.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
        else:
            line.sendall(b"stream: OK\0")

    def _exactly(self, line, size):
        found = b""
        while len(found) < size:
            part = line.recv(size - len(found))
            if not part:
                raise ConnectionError
            found += part
        return found
