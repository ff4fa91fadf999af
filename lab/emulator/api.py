"""The API server as this host reaches it: up, and with a dqlite leader behind it."""

# Without `socket`, which takes long to import.
import _socket
from contextlib import closing

from lab.emulator import locks, membership, objects

PORT = 16443
REFUSED = (
    "The connection to the server 127.0.0.1:16443 was refused - "
    "did you specify the right host or port?"
)


class Down(Exception):
    """No API server listens on this host."""


class NoQuorum(Exception):
    """The API server has no dqlite leader to ask."""


def require() -> str:
    """Return the cluster whose objects may be used, or raise Down or NoQuorum."""
    if not is_listening():
        raise Down(REFUSED)
    try:
        membership.leader()
    except membership.NoLeader as error:
        raise NoQuorum(str(error)) from error
    return objects.own_cluster_id()


def is_listening(address: str = "127.0.0.1", timeout: float = 1.0) -> bool:
    with closing(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect((address, PORT))
        except OSError:
            return False
    return True


def is_serving() -> bool:
    """Whether this control plane's API answers, which is what status means by ready."""
    try:
        require()
    except (Down, NoQuorum):
        return False
    return True


def has_ready_node(cluster_id: str) -> bool:
    """Whether the table of nodes contains ` Ready `: a cordoned node does not match."""
    lease = objects.Lease(cluster_id)
    nodes = objects.read(cluster_id)["nodes"]
    return any(lease.is_fresh(name) and not node["unschedulable"] for name, node in nodes.items())


def role() -> str:
    return "worker" if locks.is_worker() else "controlplane"
