"""The service daemon-cluster-agent: HTTPS on port 25000."""

import socket
import threading
from collections.abc import Callable

from lab.emulator import agent_port, faults, https, listener, paths

Restart = Callable[[list[str]], None]


class ClusterAgent:
    """The agent, serving joins with the help of whatever restarts this host's services."""

    def __init__(self, restart: Restart) -> None:
        pair = (f"{paths.CERTS}/server.crt", f"{paths.CERTS}/server.key")
        context = https.server_context(*pair)
        self._restart = restart
        self._is_open = True

        def serve(connection: socket.socket, peer: str) -> None:
            https.serve(connection, peer, context, self._answer)

        self._port = listener.Listener("0.0.0.0", agent_port.PORT, serve)  # noqa: S104 # the agent is for all nodes

    def alive(self) -> bool:
        return self._is_open

    def stop(self, graceful: bool = True) -> None:
        self._is_open = False
        self._port.close()

    def _answer(self, request: https.Request) -> https.Answer:
        words = ["agent", request.path.rsplit("/", 1)[-1]]
        hits = faults.take(words)
        for fault in hits:
            if fault["action"] == "fail-before":
                return 500, {"error": fault.get("text") or "injected failure"}
            if fault["action"] in ("slow", "hang"):
                threading.Event().wait(float(fault.get("seconds") or 30))
        return self._route(request, {str(fault["action"]) for fault in hits})

    def _route(self, request: https.Request, injected: set[str]) -> https.Answer:
        from lab.emulator import agent_join, agent_nodes

        match (request.method, request.path):
            case ("GET", "/health"):
                return 200, {"status": "OK"}
            case ("POST", "/cluster/api/v2.0/join"):
                return agent_join.join(request, self._restart, injected)
            case ("POST", "/cluster/api/v1.0/sign-cert"):
                return agent_join.sign(request)
            case ("POST", "/cluster/api/v1.0/configure" | "/cluster/api/v1.0/upgrade"):
                return agent_nodes.configure(request)
            case ("POST", "/cluster/api/v2.0/dqlite/remove"):
                return agent_nodes.remove_member(request)
        return 404, {"error": "Not found"}
