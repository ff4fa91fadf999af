"""The hosts that a change names, as the inventory has them."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

HOSTS = (
    Entry(
        "no-worker-at-site",
        Severity.WARN,
        "no Celery worker serves the site of the change's hosts, so it would wait until one does",
        "start one there: celery -A workflows.queue worker -P prefork -Q site.SITE",
    ),
    Entry(
        "host-reserved",
        Severity.REFUSE,
        "a job has reserved the host, for this cluster or another one, and it is no node",
        "retry that job, or roll it back",
    ),
    Entry(
        "unknown-host host-in-cluster many-sites",
        Severity.REFUSE,
        "a host is not in the inventory, belongs to a cluster, or stands at another site than "
        "the rest",
    ),
    Entry(
        "node-address-unusable",
        Severity.REFUSE,
        "a node address (or an `address` that serves as one) is loopback, link-local, "
        "multicast, broadcast or reserved; the address of SSH may be",
    ),
    Entry(
        "node-address-duplicate",
        Severity.REFUSE,
        "hosts share a node address, as virtual machines behind NAT do",
    ),
)
