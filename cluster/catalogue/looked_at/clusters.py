"""What a look at a cluster, a drill, or a probe of the addresses of MetalLB has shown."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

CLUSTERS = (
    Entry(
        "drill-not-passed",
        Severity.WARN,
        "a drill has shown that the loss of a node costs more than it may: a silence of an API, a "
        "slow return, a write that is lost, or a voter that is missing",
        "read `clusterwright drills report JOB`, mend the cause, and drill again",
    ),
    Entry(
        "certificate-ends-soon",
        Severity.WARN,
        "a certificate of a control plane node of the cluster has ended, ends within 30 days, or "
        "is missing: have `refresh-certs` carried out; the authority's own, which it does not "
        "renew, asks for a new cluster",
    ),
    Entry(
        "addon-differs",
        Severity.WARN,
        "a look saw other addons enabled than are recorded, or MetalLB give away other addresses: "
        "`clusterwright diff` tells which, and `apply` enables again what is missing",
    ),
    Entry(
        "metallb-address-in-use metallb-range-outside-subnet",
        Severity.REFUSE,
        "somebody answers for an address that MetalLB is to give away, or it is not one of the "
        "nodes' subnet that a machine may have",
        "name another range, outside what DHCP lends; `ip neigh` on the node shows who has it",
        acceptable=True,
    ),
    Entry(
        "metallb-range-not-probed metallb-subnet-unknown",
        Severity.WARN,
        "the node has no `python3` to ask for the addresses, may not send raw packets, or does "
        "not tell its subnet",
        "ask with `arping`, look with `ip address`",
    ),
)
