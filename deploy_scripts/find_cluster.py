"""Look whether hosts are all the nodes of one cluster, and which; changes nothing."""

from collections.abc import Collection, Sequence

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.adopting import find_cluster
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(
    fleet: Fleet,
    *,
    before: Before,
    hosts: Sequence[str],
    cluster: str,
    accept: Collection[str] = (),
) -> Result:
    """Find the cluster; ``cluster`` is the name that it is to have.

    Raises ``Permanent`` where the hosts are not all the nodes of one cluster.
    """
    del before  # nothing is changed
    found = find_cluster(fleet, hosts, cluster=cluster, accept=accept)
    for host, role in found.looked.roles.items():
        fleet.mark_done(host, f"a {role} node")
    return Result(found.as_output())
