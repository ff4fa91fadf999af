"""The host's daemon, standing for snapd and systemd: runs services, answers on a socket.

SIGTERM stops the services gracefully; anything harder is a power failure.
"""

import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress

PACKAGE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(os.path.dirname(PACKAGE)))

from lab.emulator import paths, services, supervisor  # noqa: E402 # the path comes first
from lab.emulator.supervisor import Supervisor  # noqa: E402

STACK_BYTES = 256 * 1024


def main() -> None:
    threading.stack_size(STACK_BYTES)
    supervisor.forget_stale_sockets()
    running = Supervisor()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = socket.socket(socket.AF_UNIX)
    server.bind(paths.DAEMON_SOCKET)
    os.chmod(paths.DAEMON_SOCKET, 0o666)  # noqa: S103 # ordinary users may list services
    server.listen(32)
    threading.Thread(target=_accept, args=(server, running), daemon=True).start()
    running.boot()
    while not ended.wait(3600):
        continue
    running.stop(services.ALL)


def _accept(server: socket.socket, running: Supervisor) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection, running), daemon=True).start()


def _answer(connection: socket.socket, running: Supervisor) -> None:
    with connection, suppress(OSError, ValueError):
        request = json.loads(connection.makefile("r").readline())
        names = request["services"]
        actions = {"start": running.start, "stop": running.stop, "restart": running.restart}
        if request["do"] in actions:
            actions[request["do"]](names)
        connection.sendall(json.dumps({"active": running.active()}).encode() + b"\n")


if __name__ == "__main__":
    main()
