"""What is recorded of a cluster, beside what a change or a file asks of it."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

RECORDS = (
    Entry("cluster-exists", Severity.REFUSE, "the name is taken"),
    Entry(
        "no-such-cluster cluster-not-formed cluster-destroying",
        Severity.REFUSE,
        "the change needs a cluster, and there is none of that name, it is not formed, or a job "
        "takes it apart",
    ),
    Entry(
        "environment-differs role-differs",
        Severity.REFUSE,
        "a file, or a change, wants of a cluster what no change alters: what it is for, or the "
        "role of a node",
    ),
    Entry(
        "node-already",
        Severity.INFO,
        "a host that is to be added is a node of the cluster, in the role that is asked for",
    ),
    Entry(
        "host-differs",
        Severity.REFUSE,
        "a file has another address or another pinned key of a host than the inventory",
    ),
    Entry(
        "would-be-removed",
        Severity.WARN,
        "a node or an addon that a file does not name stays, because it is applied without prune",
    ),
    Entry(
        "seen-otherwise",
        Severity.WARN,
        "a member or a node was last seen otherwise than recorded, and a file of the cluster does "
        "not mend that",
        "do what the advice says, then `clusterwright clusters look NAME`",
    ),
    Entry("nothing-to-do", Severity.INFO, "a cluster is recorded as its file has it"),
    Entry(
        "no-such-node",
        Severity.REFUSE,
        "the change names a node that the cluster does not have",
    ),
)
