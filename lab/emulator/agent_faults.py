"""How a broken agent ends connections: before TLS (`agent connect`), in a request (`agent join`).

`closes` ends them in order, `resets` with a reset, `silent` never answers.
"""

import contextlib
import socket
import ssl
import time

from lab.emulator import faults, https

HELLO_BYTES = 65536
SILENT_SECONDS = 3600.0


class BrokenOff(Exception):
    """The connection ends here instead of with an answer."""


def break_off_before_tls(connection: socket.socket) -> bool:
    """Whether a fault ended this connection; the peer's first words are read before."""
    actions = [str(fault["action"]) for fault in faults.take(["agent", "connect"])]
    if not actions:
        return False
    if "silent" in actions:
        connection.settimeout(SILENT_SECONDS)
        with contextlib.suppress(OSError):
            while connection.recv(HELLO_BYTES):
                continue
        return True
    connection.recv(HELLO_BYTES)
    if "resets" in actions:
        https.reset(connection)
    return True


class Exchange:
    """The faults of one request, taken when its head was read."""

    def __init__(self) -> None:
        self.actions: dict[str, faults.Fault] = {}

    def head_seen(self, connection: ssl.SSLSocket, path: str) -> None:
        words = ["agent", path.rsplit("/", 1)[-1]]
        self.actions = {str(fault["action"]): fault for fault in faults.take(words)}
        if "resets" in self.actions:
            https.reset(connection)
            raise BrokenOff

    def request_read(self) -> https.Answer | None:
        """Wait, end the connection or fail, as the faults say; usually there is no such answer."""
        for action in ("slow", "hang"):
            if action in self.actions:
                time.sleep(float(self.actions[action].get("seconds") or 30))
        if "closes" in self.actions:
            raise BrokenOff
        if "fail-before" in self.actions:
            return 500, {"error": self.actions["fail-before"].get("text") or "Injected failure"}
        return None
