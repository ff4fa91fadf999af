"""Whether a change may cost the quorum, and what it means to get it back."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

QUORUM = (
    Entry(
        "dead-member-listed no-leader-seen",
        Severity.REFUSE,
        "a control plane node of the cluster did not answer when it was last seen: nodes join and "
        "leave only while all members answer, and one leads",
    ),
    Entry(
        "quorum-would-be-lost",
        Severity.REFUSE,
        "the quorum guard would not let a step begin, by the members as they were last seen and as "
        "the steps before leave them; the message has its rule and numbers",
        "widen the margin first, as the finding advises; "
        "`clusterwright clusters quorum CLUSTER --what-if add:HOST` tries it on paper",
    ),
    Entry(
        "roles-not-settled",
        Severity.WARN,
        "dqlite was still moving roles when the cluster was last seen: the guarded step waits "
        "until they have settled; where nobody leads any more, the list of members is older than "
        "that change",
        "nothing; it takes about a minute",
    ),
    Entry(
        "not-confirmed",
        Severity.REFUSE,
        "what cannot be undone has to be confirmed with the cluster's name",
    ),
    Entry(
        "has-quorum",
        Severity.REFUSE,
        "quorum is to be recovered, and the datastore has it, or gets it back as soon as its "
        "living voters run",
        "have each dead node removed with `remove-node` and `force`; accepted only where no leader "
        "was seen",
        acceptable=True,
    ),
    Entry(
        "no-survivor survivor-silent",
        Severity.REFUSE,
        "quorum is to be recovered, and no control plane node is left, or one that is to survive "
        "did not answer when it was last seen",
        "start MicroK8s on it and look again, or name it as lost; where none is left, form the "
        "cluster anew and restore a backup",
    ),
    Entry(
        "lost-not-confirmed",
        Severity.REFUSE,
        "nobody has said that the nodes that are lost are off for good: one that comes back goes "
        "on with the former datastore",
        "power off or wipe them, then say `dead_are_off`",
    ),
    Entry(
        "unlisted-member",
        Severity.REFUSE,
        "quorum is to be recovered, and the datastore lists a member that is no control plane "
        "node by the record",
        "see whose address it is",
    ),
    Entry(
        "guard-exempt writes-may-be-lost few-control-planes-left cluster-not-seen",
        Severity.WARN,
        "what a recovery of quorum means: the quorum guard is not asked, what only the lost nodes "
        "had acknowledged is gone, and fewer than three control plane nodes are left; or nobody "
        "has looked at the cluster yet, which the job does first",
        "read the evidence; add control plane nodes until there are 3",
    ),
)
