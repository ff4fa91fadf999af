"""What is found of hosts that are thought to be all the nodes of a cluster that is adopted."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

ADOPTED = (
    Entry(
        "nothing-to-adopt",
        Severity.REFUSE,
        "a host that is to be a node of a cluster that is adopted, and has no MicroK8s, one that "
        "is stopped, or a join that was interrupted",
        "leave the host out, or start MicroK8s on it",
    ),
    Entry(
        "nobody-tells",
        Severity.REFUSE,
        "none of the hosts is a control plane node that answers",
        "name the control plane nodes too, or start MicroK8s on them",
    ),
    Entry(
        "unknown-member",
        Severity.REFUSE,
        "the cluster has a member or a node at an address that no named host has",
        "name its host too; `clusterwright hosts add` adds one, `clusterwright hosts update` "
        "corrects an address",
    ),
    Entry(
        "two-clusters not-a-member",
        Severity.REFUSE,
        "a host is a node of another cluster than the others, or theirs does not list it",
        "leave the host out; adopt its cluster under a name of its own",
    ),
    Entry(
        "other-machine",
        Severity.REFUSE,
        "a host has the address of a node, and is not the machine that its kubelet runs on, by "
        "`/etc/machine-id`",
        "see who else has the address, or had it",
    ),
    Entry(
        "marked-by-another",
        Severity.REFUSE,
        "a host bears the mark of another installation of Clusterwright, or of another cluster",
        "accept it once nobody changes that cluster from there any more",
        acceptable=True,
    ),
    Entry(
        "refreshes-not-held",
        Severity.WARN,
        "snapd may refresh MicroK8s on a host whenever it likes",
        "`snap refresh --hold microk8s` on the host",
    ),
)
