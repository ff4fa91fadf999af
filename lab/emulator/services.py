"""The snap's services, and which of them stay active in which role."""

from collections.abc import Callable

from lab.emulator import locks, snapd

Restart = Callable[[list[str]], None]
"""What starts these services of this host anew."""

AGENT = "daemon-cluster-agent"
APISERVER_PROXY = "daemon-apiserver-proxy"
DQLITE = "daemon-k8s-dqlite"
KICKER = "daemon-apiserver-kicker"
KUBELITE = "daemon-kubelite"

ALL = (
    KICKER,
    APISERVER_PROXY,
    AGENT,
    "daemon-containerd",
    "daemon-etcd",
    "daemon-flanneld",
    DQLITE,
    KUBELITE,
)
# dqlite comes before what needs it; the agent comes last, when the node can answer a join.
CONTROL_PLANE = ("daemon-containerd", DQLITE, KUBELITE, KICKER, AGENT)
WORKER = ("daemon-containerd", APISERVER_PROXY, KUBELITE, AGENT)


def wanted() -> tuple[str, ...]:
    """The services that stay active on this host now, in starting order."""
    # Files of MicroK8s that another program put there are not this daemon's to serve.
    if not locks.is_installed() or not snapd.installed():
        return ()
    return WORKER if locks.is_worker() else CONTROL_PLANE


def named(words: list[str]) -> list[str]:
    """The services that `microk8s` or `microk8s.daemon-x` words name; unknown ones are left out."""
    found: list[str] = []
    for word in words:
        short = word.removeprefix("snap.").removesuffix(".service").removeprefix("microk8s.")
        found.extend(name for name in ALL if short in ("microk8s", name))
    return found
