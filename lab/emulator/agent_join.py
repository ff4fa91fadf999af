"""The seed's side of a join, in the cluster agent's order: the token is spent first."""

import os
import threading

from lab.emulator import (
    addresses,
    agent_port,
    dqlite_wire,
    files,
    host,
    journal,
    locks,
    membership,
    objects,
    paths,
    services,
    tokens,
)
from lab.emulator.https import Answer, Request

_one_join_at_a_time = threading.Lock()
KNOWN = "Failed to retrieve dqlite cluster nodes: the joining node ({}) is already known to dqlite"
UNBOUND = (
    "Failed to retrieve dqlite cluster nodes: failed to find matching dqlite bind address for {0}: "
    '"{0}" was not found in any host interface. refuse to update dqlite bind address'
)
NO_DQLITE = (
    "Failed to join the cluster. This is an HA MicroK8s cluster.\n"
    "Please retry after enabling HA on this joining node with 'microk8s enable ha-cluster'"
)
REBIND_SECONDS = 240.0


class Refusal(Exception):
    """The seed says no, with an HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.answer = (status, {"error": text[:1].upper() + text[1:]})


def join(request: Request, restart: services.Restart, injected: set[str]) -> Answer:
    """Answer a join; `injected` names the faults that this request was hit by."""
    wanted = request.json()
    wanted["worker"] = is_worker(wanted.get("worker"))
    journal.effect("join-requested", source=request.peer, worker=bool(wanted.get("worker")))
    try:
        _spend_token(str(wanted.get("token", "")))
        _check(wanted, request, prefers_address=_prefers_internal_address(injected))
        with _one_join_at_a_time:
            _refuse_known_member(request.peer, is_stale="stale-member" in injected)
            _bind_to_lab_network(request.contacted, restart)
        locks.put(locks.NO_CERT_REISSUE)
    except Refusal as refusal:
        journal.effect("join-refused", source=request.peer, reason=str(refusal))
        return refusal.answer
    journal.effect("join-accepted", source=request.peer, worker=bool(wanted.get("worker")))
    return 200, _invitation(wanted, request)


def is_worker(field: object) -> bool:
    """What the field means to the agent: of texts only one, so not the flag `--controlplane`."""
    return field is True or field == "as-worker"


def _spend_token(token: str) -> None:
    if not tokens.consume(token):
        raise Refusal(500, "Invalid token")


def _check(wanted: dict[str, object], request: Request, *, prefers_address: bool) -> None:
    name = str(wanted.get("hostname", ""))
    if not locks.exists("ha-cluster"):
        raise Refusal(501, "Not possible to join. This is not an HA MicroK8s cluster")
    if str(wanted.get("port")) != str(agent_port.PORT):
        raise Refusal(502, "The port of the cluster agent port has to be set to 25000")
    if request.peer == request.contacted:
        text = f"The joining node has the same IP ({request.peer}) as the node we contact"
        raise Refusal(503, text)
    if not prefers_address and not _resolves(name, request.peer):
        text = f'The hostname ({name}) of the joining node does not resolve to the IP "{{}}". '
        raise Refusal(400, text.format(request.peer) + "Refusing join")


def _prefers_internal_address(injected: set[str]) -> bool:
    """Whether the API server was installed as 1.28 or newer, and so needs no host names."""
    if "hostname-check" in injected:
        return False
    arguments = files.read(f"{paths.ARGS}/kube-apiserver")
    return "--kubelet-preferred-address-types=InternalIP" in arguments


def _resolves(name: str, address: str) -> bool:
    import socket

    try:
        return address in socket.gethostbyname_ex(name)[2]
    except OSError:
        return False


def _refuse_known_member(source: str, *, is_stale: bool) -> None:
    """Refuse an address that this node's file lists, which dqlite rewrites now and then only."""
    known = [member.address for member in membership.stored()]
    if is_stale or f"{source}:{membership.PORT}" in known:
        raise Refusal(500, KNOWN.format(source))


def _bind_to_lab_network(contacted: str, restart: services.Restart) -> None:
    """At the first join of a cluster, move dqlite from loopback to the contacted address."""
    if not membership.own_address().startswith("127.0.0.1:"):
        return
    if contacted not in addresses.own():
        raise Refusal(500, UNBOUND.format(contacted))
    files.write(f"{paths.BACKEND}/update.yaml", f"Address: {contacted}:{membership.PORT}\n")
    restart([services.DQLITE])
    _wait_for_leader()
    journal.effect("rebound", address=contacted)


def _wait_for_leader() -> None:
    import time

    deadline = time.monotonic() + host.this_host().choose(20.0, 30.0, REBIND_SECONDS)
    while time.monotonic() < deadline:
        try:
            membership.leader()
        except membership.NoLeader:
            time.sleep(0.02)
        else:
            return
    raise Refusal(500, "Failed to retrieve dqlite cluster nodes: timed out waiting for condition")


def callback_token() -> str:
    path = f"{paths.CREDENTIALS}/callback-token.txt"
    if not files.read(path):
        files.write(path, os.urandom(32).hex())
    return files.read(path).strip()


def _invitation(wanted: dict[str, object], request: Request) -> dict[str, object]:
    answer: dict[str, object] = {
        "ca": files.read(f"{paths.CERTS}/ca.crt"),
        "callback_token": callback_token(),
        "apiport": "16443",
        "api_authz_mode": "AlwaysAllow",
        "kubelet_args": files.read(f"{paths.ARGS}/kubelet"),
        "hostname_override": request.peer,
        "cluster_cidr": "10.1.0.0/16",
        "ca_key": None,
        "service_account_key": "",
    }
    if wanted.get("worker"):
        tokens.allow_signing(str(wanted["token"]))
        return answer | {"control_plane_nodes": [request.contacted]}
    voters = [m.address for m in membership.stored() if m.role == dqlite_wire.VOTER]
    return answer | {
        "ca_key": files.read(f"{paths.CERTS}/ca.key"),
        "service_account_key": files.read(f"{paths.CERTS}/serviceaccount.key"),
        "cluster_cert": files.read(f"{paths.BACKEND}/cluster.crt"),
        "cluster_key": files.read(f"{paths.BACKEND}/cluster.key"),
        "voters": voters,
        "lab_cluster_id": objects.own_cluster_id(),
    }


def join_without_dqlite(request: Request) -> Answer:
    """Answer the old API's join: no host with dqlite can use it, but its token is spent."""
    if not tokens.consume(str(request.json().get("token", ""))):
        return 500, {"error": "Invalid token"}
    return 500, {"error": NO_DQLITE}


def sign(request: Request) -> Answer:
    """Answer a worker's certificate request, for a token of its own."""
    wanted = request.json()
    if not tokens.consume_signing(str(wanted.get("token", ""))):
        return 500, {"error": "Invalid token"}
    return 200, {"certificate": files.read(f"{paths.CERTS}/ca.crt")}
