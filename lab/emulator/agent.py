"""The service daemon-cluster-agent: HTTPS on port 25000."""

import socket
from contextlib import suppress

from lab.emulator import agent_faults, agent_port, https, listener, paths, services

# The method of each endpoint, and the status of any other.
ENDPOINTS = {
    "/health": ("GET", 404),
    "/cluster/api/v2.0/join": ("POST", 404),
    "/cluster/api/v1.0/join": ("POST", 404),
    "/cluster/api/v1.0/sign-cert": ("POST", 404),
    "/cluster/api/v1.0/configure": ("POST", 404),
    "/cluster/api/v1.0/upgrade": ("POST", 404),
    "/cluster/api/v2.0/dqlite/remove": ("POST", 405),
}
# What Go's server takes the agent's JSON for, as the agent names no type.
TEXT = "text/plain; charset=utf-8"


class ClusterAgent:
    """The agent, serving joins with the help of whatever restarts this host's services.

    It serves the certificate that it found at its start, whatever becomes of the file.
    """

    def __init__(self, restart: services.Restart) -> None:
        pair = (f"{paths.CERTS}/server.crt", f"{paths.CERTS}/server.key")
        self._context = https.server_context(*pair)
        self._restart = restart
        self._is_open = True
        self._port = listener.Listener("0.0.0.0", agent_port.PORT, self._serve)  # noqa: S104 # the agent is for all nodes

    def alive(self) -> bool:
        return self._is_open

    def stop(self, graceful: bool = True) -> None:
        self._is_open = False
        self._port.close()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        if agent_faults.break_off_before_tls(connection):
            return

        exchange = agent_faults.Exchange()

        def answer(request: https.Request) -> https.Answer:
            return exchange.request_read() or self._route(request, set(exchange.actions))

        with suppress(agent_faults.BrokenOff):
            https.serve(connection, peer, self._context, answer, TEXT, exchange.head_seen)

    def _route(self, request: https.Request, injected: set[str]) -> https.Answer:
        """Find the endpoint; what is refused before it reads the body has no body either."""
        wanted = ENDPOINTS.get(request.path)
        if wanted is None:
            return 404, {"error": "Not found"}
        method, refusal = wanted
        if request.method != method:
            return refusal, https.EMPTY
        try:
            request.json()
        except ValueError:
            return 400, {"error": "Invalid character looking for beginning of value"}
        return self._handle(request, injected)

    def _handle(self, request: https.Request, injected: set[str]) -> https.Answer:
        from lab.emulator import agent_join, agent_nodes

        match request.path:
            case "/health":
                return 200, {"status": "OK"}
            case "/cluster/api/v2.0/join":
                return agent_join.join(request, self._restart, injected)
            case "/cluster/api/v1.0/join":
                return agent_join.join_without_dqlite(request)
            case "/cluster/api/v1.0/sign-cert":
                return agent_join.sign(request)
            case "/cluster/api/v2.0/dqlite/remove":
                return agent_nodes.remove_member(request)
        return agent_nodes.configure(request)
