"""What is to be said of a free host that is to take the place of a dead node: findings; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cluster.actions import Action
from cluster.findings import Finding, refusal, warning
from cluster.jumps import lost_ways
from cluster.spec import ZONE_LABEL, Cluster, Host, Node
from workflows.cluster_rules import addresses
from workflows.metallb_rules import nodes_given_away
from workflows.plan import Scope
from workflows.removal_rules import NODE, dead_node, is_alive, not_dead

BY = "/params/by"


def replaced(cluster: Cluster, dead: str, by: str, scope: Scope) -> Iterator[Finding]:
    """Yield what is to be said of the dead node, and of the host that is to take its place."""
    if cluster.control_plane == (dead,):
        yield _nobody_left(cluster, dead)
        return
    if is_alive(cluster, dead):
        yield not_dead(
            cluster,
            dead,
            "only a dead node is replaced",
            _alive_one(cluster, dead, by),
            NODE,
        )
    yield from dead_node(cluster, dead, scope.hosts, NODE)
    if by in cluster.nodes:
        yield _is_node(cluster, dead, by)
    else:
        yield from _new_place(cluster, dead, by, scope)


def successor(cluster: Cluster, dead: str, by: str, hosts: Mapping[str, Host]) -> Node:
    """Return what a host becomes that takes a node's place: its role, labels and taints.

    The zone is where the new machine stands, if the inventory knows; labels that the inventory has
    for it are added to those that the node had.
    """
    former, known = cluster.nodes[dead], hosts.get(by)
    labels = (dict(known.labels) if known else {}) | dict(former.labels)
    if known and known.zone:
        labels[ZONE_LABEL] = known.zone
    return Node(by, former.role, cluster.without(dead).channel, labels, former.taints)


def _new_place(cluster: Cluster, dead: str, by: str, scope: Scope) -> Iterator[Finding]:
    left, hosts = cluster.without(dead), scope.hosts
    new = successor(cluster, dead, by, hosts)
    yield from lost_ways((*left.nodes, by), hosts)
    for found in (
        *addresses(left.plus(new), hosts),
        *nodes_given_away((by,), cluster, scope),
    ):
        yield replace(found, field=BY)
    if dead in hosts and by in hosts:
        yield from _against(cluster, hosts[dead], hosts[by])
        yield from _zone(cluster.nodes[dead], new)


def _against(cluster: Cluster, dead: Host, by: Host) -> Iterator[Finding]:
    """Two hosts of one address could not be told apart while the dead one is listed still."""
    address = by.node_address or by.address
    if address == (dead.node_address or dead.address):
        yield refusal(
            "replacement-address-taken",
            f"{by.name} has the node address {address} of {dead.name}, and as long as that is a "
            "node nobody can tell which of the two answers there",
            f"{_in_two_changes(cluster, dead.name)} add {by.name} with add-nodes: a join waits "
            "until the address is forgotten",
            host=by.name,
            field=BY,
            actions=(Action.PLAN_CHANGE.of(kind="remove-node", cluster=cluster.name),),
        )


def _is_node(cluster: Cluster, dead: str, by: str) -> Finding:
    if by != dead:
        return refusal(
            "replacement-is-node",
            f"{by} is a node of cluster {cluster.name} already, and cannot be another one too",
            "name a host that belongs to no cluster",
            host=by,
            field=BY,
        )
    return refusal(
        "replacement-is-node",
        f"{dead} cannot take its own place: until the dead node is struck off, whatever answers "
        f"as {dead} would be taken for it",
        f"{_in_two_changes(cluster, dead)} have the host key of the new machine stored for "
        f"{dead}, then add it with add-nodes; or give the new machine a host name of its own",
        host=dead,
        field=BY,
        actions=(
            Action.PLAN_CHANGE.of(kind="remove-node", cluster=cluster.name),
            Action.REPIN_HOST.of(host=dead),
        ),
    )


def _alive_one(cluster: Cluster, dead: str, by: str) -> str:
    leaves = f"have {dead} leave by itself: clusterwright change remove-node {cluster.name} --node"
    added = "" if by in cluster.nodes else f", and add {by} with add-nodes"
    return f"{leaves} {dead} --wait{added}; if it has died since, look at the cluster again"


def _in_two_changes(cluster: Cluster, dead: str) -> str:
    return (
        f"run 'clusterwright change remove-node {cluster.name} --node {dead} --force --wait', then"
    )


def _nobody_left(cluster: Cluster, dead: str) -> Finding:
    return refusal(
        "last-control-plane",
        f"{dead} is the only control plane node of cluster {cluster.name}, and holds the only "
        "copy of its data: nobody is left whom another could join",
        f"bring {dead} back, with its disk; or forget the cluster with destroy-cluster, and form "
        "it anew",
        host=dead,
        field=NODE,
        actions=(Action.PLAN_CHANGE.of(kind="destroy-cluster", cluster=cluster.name),),
    )


def _zone(former: Node, new: Node) -> Iterator[Finding]:
    was, becomes = former.labels.get(ZONE_LABEL, ""), new.labels.get(ZONE_LABEL, "")
    if was and was != becomes:
        yield warning(
            "replacement-zone-differs",
            f"{former.host} stood in zone {was}, and {new.host} stands in zone {becomes}",
            "see that the nodes are spread over zones still; what is bound to the old zone, such "
            "as a volume, does not follow",
            host=new.host,
            field=BY,
        )
