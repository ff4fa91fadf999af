"""Whether a host is a node at work: its services run, and its kubelet is Ready in their version."""

from collections.abc import Mapping
from typing import Any

from cluster.versions import is_same_version
from deploy_scripts.microk8s.looking import node_of

SERVICES = frozenset({"daemon-containerd", "daemon-kubelite", "daemon-cluster-agent"})
"""What runs on every node."""
DATASTORE, PROXY = "daemon-k8s-dqlite", "daemon-apiserver-proxy"


def lack_of(host: str, state: Mapping[str, Any], seen: Mapping[str, Any], is_member: bool) -> str:
    """Return what a host lacks to be a node in the version of its snap; empty if nothing.

    ``state`` is what snapd says of it, ``seen`` what the cluster's seed sees.
    """
    stopped = SERVICES.union([DATASTORE if is_member else PROXY]).difference(state["active"])
    if stopped:
        return f"{', '.join(sorted(stopped))} of {host} {'is' if len(stopped) == 1 else 'are'} down"
    if seen["nodes"] is None:
        return f"the Kubernetes API does not answer ({seen['nodes_error']})"
    node = node_of(seen, host)
    if node is None:
        return f"Kubernetes does not list {host}"
    if not is_same_version(node["version"], state["version"]):
        return f"{host} runs {node['version']}, and its snap is {state['version']}"
    return "" if node["ready"] else f"{host} is not Ready"


def silence_of(host: str, seen: Mapping[str, Any], up_seconds: int) -> str:
    """Return that nothing was heard of a kubelet since its host booted; empty if it was.

    A Node stays Ready for 40 s without its kubelet, so one that is Ready may be so from before.
    """
    node = node_of(seen, host)
    ago = node["heard_ago"] if node else None
    return "" if ago is not None and ago <= up_seconds else f"the kubelet of {host} is silent still"
