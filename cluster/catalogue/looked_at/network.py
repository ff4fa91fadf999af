"""How hosts reach one another: addresses, routes, proxies, ports and delays."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

NETWORK = (
    Entry(
        "no-default-route network-overlap",
        Severity.REFUSE,
        "MicroK8s finds no address, or the host uses the networks of pods or services",
        acceptable=True,
    ),
    Entry(
        "address-missing node-address-unusable node-address-duplicate node-address-taken",
        Severity.REFUSE,
        "the inventory's node address is not the host's, nobody's, or two hosts'",
    ),
    Entry(
        "source-address",
        Severity.REFUSE,
        "a host speaks to the first control plane node from another address than its node "
        "address, and would join as that: correct `node_address`, or give the route a source",
    ),
    Entry("source-address-differs", Severity.WARN, "the same between other nodes"),
    Entry(
        "default-route-elsewhere",
        Severity.WARN,
        "the node address is not on the default route's interface (a management network, "
        "Vagrant's NAT)",
    ),
    Entry("address-dynamic", Severity.WARN, "the node address is lent by DHCP"),
    Entry(
        "proxy-without-no-proxy no-proxy-incomplete",
        Severity.WARN,
        "traffic between nodes would go to a proxy; the advice is the line for "
        "`/etc/environment`. Addresses and networks count, entries with a port and patterns do "
        "not, and `*` counts alone",
    ),
    Entry(
        "kubernetes-leftovers network-leftovers",
        Severity.REFUSE,
        "files or network devices of another Kubernetes; the devices are named with the command "
        "that deletes them",
        acceptable=True,
    ),
    Entry(
        "port-in-use",
        Severity.REFUSE,
        "a program holds a port that MicroK8s binds, on whatever address; acceptable where only "
        "health and metrics are concerned",
        acceptable=True,
    ),
    Entry("port-closed", Severity.REFUSE, "a firewall stands between two hosts", acceptable=True),
    Entry("port-behind-ufw", Severity.INFO, "`prepare_hosts` will allow it"),
    Entry(
        "delay-too-long",
        Severity.REFUSE,
        "control plane nodes are 50 ms or more apart",
        acceptable=True,
    ),
    Entry("delay-long network-not-measured", Severity.WARN, "10 ms or more apart, or not measured"),
    Entry("not-measured", Severity.INFO, "the host does not tell something: check it yourself"),
)
