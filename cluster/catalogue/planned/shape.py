"""What a cluster is to be: its nodes, its channel, its addons."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

SHAPE = (
    Entry(
        "two-control-planes topology-mismatch no-workers", Severity.REFUSE, "the shape cannot be"
    ),
    Entry("strict-channel", Severity.REFUSE, "the channel cannot be installed"),
    Entry(
        "metallb-without-range metallb-range-invalid metallb-range-overlap",
        Severity.REFUSE,
        "the range that MetalLB is to give away is missing, is no range of IPv4 addresses, or has "
        "addresses of hosts, pods or services",
    ),
    Entry(
        "metallb-range-of-other-cluster",
        Severity.REFUSE,
        "MetalLB of another cluster gives addresses of the range away",
        acceptable=True,
    ),
    Entry(
        "metallb-range-elsewhere",
        Severity.WARN,
        "the range looks as if it were of no node's subnet, which no inventory tells; a node is "
        "asked before anything is enabled",
    ),
    Entry(
        "addon-needed",
        Severity.REFUSE,
        "other addons, or pods, cannot do without the addon that is to be disabled; `ha-cluster` "
        "is never disabled",
        acceptable=True,
    ),
    Entry(
        "addon-argument-changes",
        Severity.WARN,
        "an addon is enabled with another argument, and is disabled before it is enabled anew: "
        "what it serves stands still for some minutes",
    ),
    Entry(
        "addon-unknown addon-of-community",
        Severity.WARN,
        "no MicroK8s that is known has this addon (a near name is offered), or its repository "
        "has to be enabled first",
    ),
    Entry(
        "prod-without-ha too-many-nodes",
        Severity.REFUSE,
        "it can be, and is not wise",
        acceptable=True,
    ),
    Entry(
        "staging-without-ha more-than-three-control-planes one-worker many-nodes latest-track "
        "hostpath-on-many-nodes one-zone",
        Severity.WARN,
        "it can be better",
    ),
)
