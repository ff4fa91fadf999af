"""A node's registration and lease: on a control plane at its own API, on a worker through others'.

The line protocol between a worker and an API server is the lab's own: `LEASE {...}` renews,
`ENDPOINTS {...}` asks where API servers are.
"""

import json
import socket
from typing import Any

from lab.emulator import (
    api,
    api_endpoints,
    arguments,
    certificates,
    files,
    node_address,
    objects,
    provider,
    snapd,
)

REQUEST_SECONDS = 2.0


class Kubelet:
    """A kubelet from its start on: it makes its Node once, and later only renews."""

    def __init__(self) -> None:
        self._node_ip = arguments.value("kubelet", "--node-ip")
        self._machine = files.read("/etc/machine-id").strip()
        self._is_registered = False

    def renew(self, cluster: str) -> str:
        """Renew this node's lease in its own datastore; return the problem, or nothing."""
        return self._noted(objects.register(cluster, self._facts(), is_new=not self._is_registered))

    def renew_as_worker(self) -> str:
        """Have an API server renew it, and remember which cluster that is of."""
        request = {"node": self._facts(), "new": not self._is_registered}
        answer = ask("LEASE", request)
        return self._noted(_remembered(answer) or str(answer.get("problem", "")))

    def _facts(self) -> objects.Node:
        return own_facts(self._node_ip) | {"machine": self._machine}

    def _noted(self, problem: str) -> str:
        self._is_registered = self._is_registered or not problem
        return problem


def own_facts(node_ip: str) -> objects.Node:
    snap = snapd.installed() or {}
    version = str(snap.get("version", "v0.0.0"))
    return objects.own_facts(api.role(), version, node_address.of_kubelet(node_ip))


def reach() -> str:
    """Ask an API server which cluster this worker is in; return the problem, or nothing."""
    return _remembered(ask("ENDPOINTS", {}))


def _remembered(answer: dict[str, Any]) -> str:
    if "cluster" not in answer:
        return str(answer.get("error", "no answer"))
    if answer["cluster"] != objects.own_cluster_id():
        files.write(objects.WORKER_CLUSTER_FILE, str(answer["cluster"]))
    return ""


def ask(verb: str, request: dict[str, Any]) -> dict[str, Any]:
    """The first API server's answer among those that this worker's proxy leads to."""
    signed = request | {"authority": certificates.authority_id()}
    line = f"{verb} {json.dumps(signed)}\n".encode()
    answer: dict[str, Any] = {"error": "no API server in provider.yaml"}
    for endpoint in provider.endpoints():
        try:
            with socket.create_connection((endpoint, api.PORT), REQUEST_SECONDS) as connection:
                connection.sendall(line)
                answer = json.loads(connection.makefile("rb").readline() or b"{}")
        except (OSError, ValueError) as error:
            answer = {"error": f"{endpoint}: {error}"}
            continue
        if "cluster" in answer:
            return answer
    return answer


def answer(line: bytes) -> bytes:
    """Answer a worker, as the API server that it has reached."""
    reply: dict[str, Any]
    try:
        verb, _, rest = line.partition(b" ")
        request = json.loads(rest)
        cluster = api.require()
        reply = {"cluster": cluster}
        if request["authority"] != certificates.authority_id():
            reply = {"error": "x509: certificate signed by unknown authority"}
        elif verb == b"LEASE":
            is_new = bool(request.get("new"))
            reply["problem"] = objects.register(cluster, request["node"], is_new=is_new)
        else:
            reply["endpoints"] = api_endpoints.known(cluster)
    except (ValueError, KeyError, api.Down, api.NoQuorum) as error:
        reply = {"error": str(error)}
    return json.dumps(reply).encode() + b"\n"
