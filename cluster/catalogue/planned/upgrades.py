"""Which versions may follow which, and what to have before an upgrade."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

UPGRADES = (
    Entry(
        "downgrade",
        Severity.REFUSE,
        "a node is at a newer minor version than the channel that is asked for: what a newer "
        "Kubernetes has stored an older one may not read",
        "ask for the newer channel, or restore a backup into a new cluster of the older one",
    ),
    Entry(
        "version-skew-too-wide",
        Severity.REFUSE,
        "nodes are further apart than Kubernetes allows: control plane nodes by more than one "
        "minor version, or a worker newer than one of them, or more than three older",
        "look why; an upgrade takes those that are behind along, so accept it where it is meant to",
        acceptable=True,
    ),
    Entry("version-skew", Severity.INFO, "nodes are at different minors: those behind go up first"),
    Entry(
        "deprecated-apis-in-use",
        Severity.REFUSE,
        "somebody asked the API servers, since they started, for APIs that the Kubernetes of the "
        "channel does not have any more; the message names them",
        "have whoever uses them use their newer versions; or accept it",
        acceptable=True,
    ),
    Entry(
        "deprecated-apis-unknown",
        Severity.WARN,
        "an API server did not tell which deprecated APIs it was asked for",
        "look there by hand, as the finding advises",
    ),
    Entry(
        "many-minors",
        Severity.WARN,
        "the upgrade passes many minor versions, and each node is refreshed at each of them",
        "read the release notes of each; upgrade by fewer at a time",
    ),
    Entry(
        "no-backup backup-old",
        Severity.REFUSE,
        "a change from which there is no way back is asked for, and of the cluster no backup is "
        "known that was read to its end, or the newest is older than 24 hours; a warning where the "
        "cluster is not for `prod`",
        "take one first: `clusterwright change backup CLUSTER`; or accept it",
        acceptable=True,
    ),
    Entry(
        "api-away",
        Severity.WARN,
        "with fewer than three control plane nodes the API and the datastore are away while one "
        "is refreshed, from which there is no way back, or reboots",
        "before a refresh take a backup; add control plane nodes, or choose an hour at which "
        "nobody needs the API",
    ),
)
