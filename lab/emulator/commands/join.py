"""`microk8s join`: the client's side, up to its own checks and messages."""

import os
from typing import NamedTuple, NoReturn

from lab.emulator import agent_port, files, host, locks, paths, terminal
from lab.emulator.connection import Connection

EXPECTED = "Expected format: <master_IP>:<master_PORT>/<token>[/<fingerprint>]"
LOW_MEMORY = """\
This node does not have enough RAM to host the Kubernetes control plane services
and join the database quorum. You may consider joining this node as a worker instead:

    microk8s join <url> --worker

If you would still like to join the cluster as a control plane node, use:

    microk8s join <url> --disable-low-memory-guard
"""
FLAGS = ("--worker", "--skip-verify", "--disable-low-memory-guard", "--controlplane")
USAGE = "Usage: microk8s join [OPTIONS] CONNECTION\nTry 'microk8s join --help' for help.\n"
MIN_TOKEN, MIN_FINGERPRINT, PORTS = 32, 12, range(1, 65536)


class JoinRequest(NamedTuple):
    """A validated join."""

    to: Connection
    worker: bool
    skip_verify: bool
    # The broken flag: the client takes a worker's path against a control plane's answer.
    controlplane_flag: bool


def run(_verb: str, words: list[str]) -> None:
    if os.path.exists(f"{paths.SNAP_COMMON}/default-storage"):
        terminal.out("WARNING: Hostpath storage is enabled and is not suitable for ", "")
        terminal.out("multi node clusters.\n")
    connection_text, flags = _parse(words)
    if os.getuid():
        terminal.fail("Elevated permissions are needed for this command. Please use sudo.")
    worker = "--worker" in flags
    guard = locks.exists(locks.LOW_MEMORY) and "--disable-low-memory-guard" not in flags
    if guard and not worker:
        terminal.leave_with(1, LOW_MEMORY)
    wish = JoinRequest(_connection(connection_text), worker, "--skip-verify" in flags, False)
    wish = wish._replace(controlplane_flag="--controlplane" in flags)
    locks.put(locks.JOINING)
    _join(wish)
    locks.clear(locks.JOINING)
    terminal.out("Successfully joined the cluster.")


def _parse(words: list[str]) -> tuple[str, list[str]]:
    flags = [word for word in words if word in FLAGS]
    rest = [word for word in words if word not in FLAGS]
    if not rest:
        terminal.fail(f"{USAGE}\nError: Missing argument 'CONNECTION'.", 2)
    if len(rest) > 1:
        extra = next((word for word in rest if word.startswith("-")), rest[1])
        terminal.fail(f"{USAGE}\nError: Got unexpected extra argument ({extra})", 2)
    return rest[0], flags


def _connection(text: str) -> Connection:
    place, _, secret = text.partition("/")
    address, colon, port = place.partition(":")
    parts = secret.split("/")
    if not colon or ":" in port or not secret or len(parts) > 2:
        _invalid(EXPECTED)
    if not _is_ipv4(address):
        _invalid("Invalid master IP")
    if not port.isdigit():
        _invalid("Master PORT not a number")
    if int(port) not in PORTS:
        _invalid("Master PORT not in range 1:65535")
    if len(parts[0]) < MIN_TOKEN:
        _invalid("Cluster token size should be at least 32 bytes")
    if len(parts) == 2 and len(parts[1]) < MIN_FINGERPRINT:
        _invalid("Fingerprint should be at least 12 bytes")
    return Connection(address, int(port), parts[0], parts[1] if len(parts) == 2 else "")


def _is_ipv4(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _invalid(problem: str) -> NoReturn:
    terminal.leave_with(1, f"Invalid connection: {problem}")


def _join(wish: JoinRequest) -> None:
    from lab.emulator import join_client

    terminal.out(f"Contacting cluster at {wish.to.address}")
    answer = join_client.request_join(
        join_client.Peer(wish.to.address, wish.to.port, wish.to.fingerprint, wish.skip_verify),
        {
            "token": wish.to.token,
            "hostname": host.hostname(),
            "port": str(agent_port.PORT),
            "worker": "as-worker" if wish.worker else False,
            "can_handle_x509_auth": True,
            "can_handle_custom_etcd": True,
        },
    )
    # The flag's truthy text sends the client down the worker's path without a worker's answer.
    if wish.controlplane_flag and not wish.worker:
        text = "Joining process failed. Make sure the cluster you connect to supports joining "
        terminal.leave_with(1, f"{text}worker nodes.")
    _warn_of_other_cidr(str(answer.get("cluster_cidr", "")))
    if wish.worker:
        from lab.emulator import join_worker

        join_worker.become(wish.to, answer)
    else:
        from lab.emulator import join_control_plane

        join_control_plane.become(answer)


def _warn_of_other_cidr(cluster: str) -> None:
    arguments = files.read(f"{paths.ARGS}/kube-proxy")
    own = next((x for x in arguments.splitlines() if x.startswith("--cluster-cidr=")), "")
    own = own.partition("=")[2]
    if cluster and own and cluster != own:
        terminal.out("WARNING: Joining a cluster that has a different CIDR. ", "")
        terminal.out("The kube-proxy CIDR configuration will be overwritten.")
        terminal.out(f"Cluster CIDR: {cluster} -- Node CIDR: {own}(will be overwritten)")
