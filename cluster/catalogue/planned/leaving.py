"""Nodes that leave, are replaced or emptied, or are stopped for a drill."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

LEAVING = (
    Entry(
        "hosts-kept",
        Severity.WARN,
        "the hosts of a cluster that is forgotten, or of a node that is removed as dead, keep "
        "whatever is on them",
    ),
    Entry(
        "node-dead node-alive",
        Severity.REFUSE,
        "a node that is to leave by itself did not answer when it was last seen, or one that is to "
        "be removed as dead did",
        "for a dead node say `force`, for a living one leave it out; look at the cluster again if "
        "it is otherwise by now; for a worker that had begun to leave accept `node-dead`",
        acceptable=True,
    ),
    Entry(
        "last-control-plane",
        Severity.REFUSE,
        "the node holds the only copy of the cluster's data",
        "add a control plane node first, or destroy the cluster; one that is dead cannot be "
        "replaced, as nobody is left whom another could join",
    ),
    Entry(
        "replacement-is-node replacement-address-taken",
        Severity.REFUSE,
        "the host that is to take a dead node's place is a node itself, often the dead one, or has "
        "the node address of the dead one",
        "name a free host; for the same name or address use two changes: `remove-node` with "
        "`force`, then `add-nodes`",
    ),
    Entry(
        "replacement-zone-differs",
        Severity.WARN,
        "the host that takes a dead node's place stands in another zone than that did",
        "see that the nodes are spread over zones still",
    ),
    Entry(
        "jump-host-dead",
        Severity.REFUSE,
        "other nodes are reached through a node that is to be removed as dead",
        "give them another jump host first",
    ),
    Entry(
        "no-node-to-drain-to",
        Severity.REFUSE,
        "no other node takes the workloads of a node that leaves, or of nodes that are emptied at "
        "once: the rest are tainted, cordoned or not Ready",
        "add a worker first, or empty fewer at once; accepted, the workloads wait until a node "
        "takes them",
        acceptable=True,
    ),
    Entry(
        "no-node-takes-workloads",
        Severity.WARN,
        "taints that are to be set leave no node that takes workloads",
        "leave one node without such a taint, or add a worker first",
    ),
    Entry(
        "drill-in-production",
        Severity.REFUSE,
        "a drill stops a node of a cluster whose environment is prod",
        "drill a cluster of another environment first; announce it, then accept it",
        acceptable=True,
    ),
    Entry(
        "drill-on-unhealthy",
        Severity.REFUSE,
        "a cluster in which something is wrong already is not to lose a node on purpose",
        "mend what the message names, run `clusterwright change verify CLUSTER`, then drill",
    ),
    Entry(
        "no-drill-target drill-without-quorum",
        Severity.REFUSE,
        "the cluster has no node of the sort that a drill is to stop, or that node is its only "
        "control plane node",
        "name a node, or add what is missing first",
    ),
    Entry(
        "volumes-on-host",
        Severity.REFUSE,
        "addon hostpath-storage keeps volumes on the nodes' own disks, and those of a node that is "
        "removed are deleted with its MicroK8s",
        "copy what is needed from there, then accept it",
        acceptable=True,
    ),
    Entry(
        "two-control-planes-left",
        Severity.WARN,
        "two control plane nodes are left, of which one has the only vote",
        "add one soon, or remove the spare too",
    ),
)
