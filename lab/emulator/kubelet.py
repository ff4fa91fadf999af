"""The service daemon-kubelite: API port, kubelet port, node lease, controller manager."""

import socket
import threading
import time

from lab.emulator import (
    api,
    api_endpoints,
    arguments,
    host,
    https,
    listener,
    locks,
    node_address,
    node_lease,
    node_lifecycle,
    objects,
    paths,
    service_log,
    services,
)

KUBELET_PORT = 10250
TLS_HANDSHAKE = b"\x16"
LEASE_SECONDS = 1.0


class Kubelite:
    """A control plane's API server with its kubelet, or a worker's kubelet alone.

    Its arguments count as they were at its start, and its Node is made then and never again.
    """

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._ports: list[listener.Listener] = []
        self._api_port: listener.Listener | None = None
        self._leaderless_since = self._ended_at = 0.0
        self._controller = node_lifecycle.Controller()
        self._address = ""
        if not locks.is_worker():
            wanted = arguments.value("kube-apiserver", "--advertise-address")
            self._address = node_address.of_api_server(wanted)
            server_pair = (f"{paths.CERTS}/server.crt", f"{paths.CERTS}/server.key")
            self._context = https.server_context(*server_pair)
            self._open_api()
        kubelet_port = listener.Listener("0.0.0.0", KUBELET_PORT, listener.accept_and_close)  # noqa: S104 # so is the kubelet
        self._ports.append(kubelet_port)
        self._kubelet = node_lease.Kubelet()
        threading.Thread(target=self._run, daemon=True).start()

    def alive(self) -> bool:
        return not self._ended.is_set()

    def stop(self, graceful: bool = True) -> None:
        self._ended.set()
        for port in (*self._ports, self._api_port):
            if port:
                port.close()
        if graceful and self._address:
            api_endpoints.withdraw(objects.own_cluster_id(), self._address)

    def _open_api(self) -> None:
        self._api_port = listener.Listener("0.0.0.0", api.PORT, self._serve)  # noqa: S104 # the API is for all nodes

    def _serve(self, connection: socket.socket, peer: str) -> None:
        first = connection.recv(1, socket.MSG_PEEK)
        if first == TLS_HANDSHAKE:
            https.serve(connection, peer, self._context, answer_api)
        elif first:
            connection.sendall(node_lease.answer(connection.makefile("rb").readline()))

    def _run(self) -> None:
        """Register at once when the API can be reached, then renew once a second."""
        last_problem = ""
        wait = 0.05
        while not self._ended.wait(wait):
            problem = self._look_after_node()
            wait = LEASE_SECONDS if not problem else min(wait * 1.5, LEASE_SECONDS)
            if problem and problem != last_problem:
                service_log.write(services.KUBELITE, f"Failed to update lease: {problem}")
            last_problem = problem

    def _look_after_node(self) -> str:
        """Renew the lease; on a control plane also its endpoint, and lead; return the problem."""
        try:
            if not self._address:
                return self._kubelet.renew_as_worker()
            self._come_back()
            cluster = api.require()
            self._leaderless_since = 0.0
            problem = self._kubelet.renew(cluster)
            api_endpoints.renew(cluster, self._address)
            self._controller.look(cluster)
        except api.NoQuorum as error:
            self._end_without_leader()
            return f"{type(error).__name__}: {error}"
        except (api.Down, OSError, ValueError, KeyError, IndexError) as error:
            return f"{type(error).__name__}: {error}"
        return problem

    def _end_without_leader(self) -> None:
        """End the API server when its datastore has had no leader for a while, as kubelite does."""
        now = time.monotonic()
        self._leaderless_since = self._leaderless_since or now
        patience = host.this_host().choose(2.0, 4.0, 10.0)
        if self._api_port and now - self._leaderless_since > patience:
            self._api_port.close()
            self._api_port, self._ended_at = None, now
            service_log.write(services.KUBELITE, "Main process exited, status=1/FAILURE")

    def _come_back(self) -> None:
        """Start again some time after an end; a kubelet that starts registers anew."""
        pause = host.this_host().choose(1.0, 5.0, 60.0)
        is_due = time.monotonic() - self._ended_at > pause
        if not self._api_port and is_due and not self._ended.is_set():
            self._open_api()
            self._leaderless_since = 0.0
            self._kubelet = node_lease.Kubelet()


def answer_api(request: https.Request) -> https.Answer:
    if request.path.startswith(("/readyz", "/livez", "/healthz")):
        return (200, {"status": "ok"}) if api.is_serving() else (500, {"status": "not ready"})
    return 401, {"kind": "Status", "status": "Failure", "message": "Unauthorized", "code": 401}
