"""The services daemon-kubelite and daemon-apiserver-proxy: API port, kubelet port, node leases."""

import json
import socket
import threading
from contextlib import suppress
from typing import Any

from lab.emulator import (
    addresses,
    api,
    certificates,
    files,
    https,
    listener,
    locks,
    objects,
    paths,
    service_log,
    services,
    snapd,
)

KUBELET_PORT = 10250
TLS_HANDSHAKE = b"\x16"
LEASE_SECONDS = 1.0
REQUEST_SECONDS = 2.0


class Kubelite:
    """A control plane's API server with its kubelet, or a worker's kubelet alone."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._ports: list[listener.Listener] = []
        if not locks.is_worker():
            server_pair = (f"{paths.CERTS}/server.crt", f"{paths.CERTS}/server.key")
            self._context = https.server_context(*server_pair)
            self._ports.append(listener.Listener("0.0.0.0", api.PORT, self._serve))  # noqa: S104 # the API is for all nodes
        kubelet_port = listener.Listener("0.0.0.0", KUBELET_PORT, listener.accept_and_close)  # noqa: S104 # so is the kubelet
        self._ports.append(kubelet_port)
        threading.Thread(target=self._renew_lease, daemon=True).start()

    def alive(self) -> bool:
        return not self._ended.is_set()

    def stop(self, graceful: bool = True) -> None:
        self._ended.set()
        for port in self._ports:
            port.close()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        first = connection.recv(1, socket.MSG_PEEK)
        if first == TLS_HANDSHAKE:
            https.serve(connection, peer, self._context, answer_api)
        elif first:
            connection.sendall(grant_lease(connection.makefile("rb").readline()))

    def _renew_lease(self) -> None:
        """Register at once when the API can be reached, then once a second."""
        said = ""
        wait = 0.05
        while not self._ended.wait(wait):
            problem = renew_once()
            wait = LEASE_SECONDS if not problem else min(wait * 1.5, LEASE_SECONDS)
            if problem and problem != said:
                service_log.write(services.KUBELITE, f"Failed to update lease: {problem}")
            said = problem


class ApiserverProxy:
    """A worker's local way to the API servers."""

    def __init__(self) -> None:
        self._port = listener.Listener("127.0.0.1", api.PORT, listener.accept_and_close)
        self._is_open = True

    def alive(self) -> bool:
        return self._is_open

    def stop(self, graceful: bool = True) -> None:
        self._is_open = False
        self._port.close()


def answer_api(request: https.Request) -> https.Answer:
    if request.path.startswith(("/readyz", "/livez", "/healthz")):
        return (200, {"status": "ok"}) if api.is_serving() else (500, {"status": "not ready"})
    return 401, {"kind": "Status", "status": "Failure", "message": "Unauthorized", "code": 401}


def renew_once() -> str:
    """Renew this node's lease; return the problem, or nothing."""
    try:
        if locks.is_worker():
            return _renew_as_worker()
        own = own_facts()
        objects.register(api.require(), own)
    except (api.Down, api.NoQuorum, OSError, ValueError, KeyError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def own_facts() -> objects.Node:
    snap = snapd.installed() or {}
    version = str(snap.get("version", "v0.0.0"))
    return objects.own_facts(api.role(), version, node_address())


def node_address() -> str:
    """The kubelet's `--node-ip` where it is set, else the default interface's address."""
    for line in files.read(f"{paths.ARGS}/kubelet").splitlines():
        if line.startswith("--node-ip="):
            return line.partition("=")[2]
    return addresses.default()


def _renew_as_worker() -> str:
    request = {"authority": certificates.authority_id(), "node": own_facts()}
    line = f"LEASE {json.dumps(request)}\n".encode()
    problem = "no API server in provider.yaml"
    for endpoint in endpoints():
        try:
            with socket.create_connection((endpoint, api.PORT), REQUEST_SECONDS) as connection:
                connection.sendall(line)
                answer = json.loads(connection.makefile("rb").readline() or b"{}")
        except (OSError, ValueError) as error:
            problem = f"{endpoint}: {error}"
            continue
        if "endpoints" in answer:
            _remember(answer["endpoints"], str(answer["cluster"]))
            return ""
        problem = str(answer.get("error", "no answer"))
    return problem


def grant_lease(line: bytes) -> bytes:
    """Answer a worker's kubelet: renew its lease, and name the cluster's API servers."""
    answer: dict[str, Any]
    try:
        request = json.loads(line.partition(b" ")[2])
        cluster = api.require()
        if request["authority"] != certificates.authority_id():
            answer = {"error": "x509: certificate signed by unknown authority"}
        else:
            objects.register(cluster, request["node"])
            answer = {"endpoints": control_plane_addresses(cluster), "cluster": cluster}
    except (ValueError, KeyError, api.Down, api.NoQuorum) as error:
        answer = {"error": str(error)}
    return json.dumps(answer).encode() + b"\n"


def control_plane_addresses(cluster: str) -> list[str]:
    nodes = objects.read(cluster)["nodes"].values()
    return [node["address"] for node in nodes if node["role"] == "controlplane"]


PROVIDER = f"{paths.ARGS}/traefik/provider.yaml"


def endpoints() -> list[str]:
    """The API servers that this worker knows."""
    lines = files.read(PROVIDER).splitlines()
    urls = [line.partition("address:")[2].strip() for line in lines if "address:" in line]
    return [url.rpartition(":")[0] for url in urls if url]


def write_endpoints(addresses_of_api: list[str]) -> None:
    servers = "".join(f"        - address: {item}:{api.PORT}\n" for item in addresses_of_api)
    head = "tcp:\n  services:\n    kube-apiserver:\n      loadBalancer:\n        servers:\n"
    files.write(PROVIDER, head + servers)


def _remember(found: list[str], cluster: str) -> None:
    if cluster != objects.own_cluster_id():
        files.write(objects.WORKER_CLUSTER_FILE, cluster)
    if found and sorted(found) != sorted(endpoints()):
        with suppress(OSError):
            write_endpoints(found)
