"""The host's daemon, standing for snapd and systemd: runs services, answers on a socket.

SIGTERM stops the services gracefully; anything harder is a power failure.
"""

import os
import sys

PACKAGE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{PACKAGE}/light", os.path.dirname(os.path.dirname(PACKAGE))]

import json
import signal
import socket
import threading
from contextlib import suppress
from typing import Any

from lab.emulator import api, paths, services, supervisor
from lab.emulator.changes.runner import Changes, Conflict
from lab.emulator.supervisor import ServiceSupervisor
from lab.emulator.timers import Timers

STACK_BYTES = 256 * 1024


def main() -> None:
    threading.stack_size(STACK_BYTES)
    supervisor.forget_stale_sockets()
    running = ServiceSupervisor()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = socket.socket(socket.AF_UNIX)
    server.bind(paths.DAEMON_SOCKET)
    os.chmod(paths.DAEMON_SOCKET, 0o666)  # noqa: S103 # ordinary users may list services
    server.listen(32)
    changes, timers = Changes(running), Timers()
    arguments = (server, running, changes, timers)
    threading.Thread(target=_accept, args=arguments, daemon=True).start()
    running.boot()
    changes.resume()
    while not ended.wait(3600):
        continue
    running.stop(services.ALL)


def _accept(
    server: socket.socket, running: ServiceSupervisor, changes: Changes, timers: Timers
) -> None:
    while True:
        connection, _ = server.accept()
        arguments = (connection, running, changes, timers)
        threading.Thread(target=_answer, args=arguments, daemon=True).start()


def _answer(
    connection: socket.socket, running: ServiceSupervisor, changes: Changes, timers: Timers
) -> None:
    with connection, suppress(OSError, ValueError):
        request = json.loads(connection.makefile("r").readline())
        actions = {
            "start": running.start,
            "stop": running.stop,
            "restart": running.restart,
            "kill": running.kill,
        }
        if request["do"] in ("change", "await", "abort"):
            _answer_about_change(connection, changes, request)
            return
        if request["do"] == "serving":
            _say(connection, {"serving": api.is_serving()})
            return
        if request["do"] in ("set-timer", "stop-timer", "timers"):
            _say(connection, _answer_about_timers(timers, request))
            return
        if request["do"] == "reload":
            running.read_drop_ins()
        if request["do"] in actions:
            actions[request["do"]](request["services"])
        _say(connection, {"active": running.active()})


def _answer_about_change(
    connection: socket.socket, changes: Changes, request: dict[str, Any]
) -> None:
    """Begin, await or abort a change; who begins one is told its number first."""
    if request["do"] == "abort":
        _say(connection, {"error": changes.abort(request["change"])})
        return
    number = request.get("change")
    if number is None:
        try:
            number = changes.begin(request["kind"], request["params"])
        except Conflict as conflict:
            _say(connection, {"conflict": str(conflict)})
            return
        except OSError as error:
            _say(connection, {"error": f"cannot save the state of a change: {error}"})
            return
        _say(connection, {"change": number})
    _say(connection, changes.wait(number))


def _answer_about_timers(timers: Timers, request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "set-timer":
        return {"set": timers.set(request["unit"], request["seconds"], request["command"])}
    if request["do"] == "stop-timer":
        timers.stop(request["unit"])
    return {"timers": timers.active()}


def _say(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
