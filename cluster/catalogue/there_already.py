"""What a host has of MicroK8s before a job."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

THERE_ALREADY = (
    Entry(
        "microk8s-not-ours",
        Severity.REFUSE,
        "a MicroK8s that Clusterwright did not install",
        "leave the host out, or remove it if nobody needs it",
        acceptable=True,
    ),
    Entry(
        "microk8s-unreadable",
        Severity.REFUSE,
        "snapd or files that do not tell what there is",
        "look at the host, then post the change anew",
    ),
    Entry(
        "former-seed",
        Severity.WARN,
        "the first node of a cluster of ours of which no member is left",
        "nothing: the join installs it anew",
    ),
    Entry(
        "unknown-node",
        Severity.REFUSE,
        "a node that Clusterwright did not make, or whose mark says too little",
        "leave it out, have its cluster adopted (`adopt-cluster`), or take it out of that",
    ),
    Entry(
        "other-installation",
        Severity.REFUSE,
        "what another installation of Clusterwright put there, and may undo",
        "undo it from there, or have its cluster adopted (`adopt-cluster`)",
    ),
    Entry(
        "other-cluster",
        Severity.REFUSE,
        "a node of another cluster, or what was installed for one",
        "roll that back, or leave the host out",
    ),
    Entry(
        "already-node",
        Severity.REFUSE,
        "a node of this cluster that another job made; info for nodes of this job, and where "
        "nodes are expected",
        "roll that job back",
    ),
    Entry(
        "wrong-role other-channel",
        Severity.REFUSE,
        "a node of the other role, or another channel",
        "ask for what is there, or remove it",
    ),
    Entry(
        "half-joined microk8s-stopped",
        Severity.WARN,
        "an interrupted join, or services that are stopped",
        "the join step cleans it; start it",
    ),
    Entry(
        "microk8s-installed", Severity.INFO, "ours, alone, as after an interrupted job", "nothing"
    ),
)
