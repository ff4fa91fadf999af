"""What is renewed, issued or brought back: certificates, credentials, backups."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

RENEWING = (
    Entry(
        "certificates-not-seen",
        Severity.REFUSE,
        "nobody knows when the certificates of a control plane node end: look at the cluster "
        "first, or ask for all",
    ),
    Entry(
        "roles-unknown",
        Severity.REFUSE,
        "a credential is asked for with a role, and the cluster has no addon rbac that "
        "Clusterwright knows of: its API server lets everybody do everything",
        "enable rbac, or ask for the role cluster-admin; accepted, the job looks at the API server",
        acceptable=True,
    ),
    Entry(
        "restore-merges",
        Severity.REFUSE,
        "a backup is to be restored into a cluster of several nodes: what is newer than the backup "
        "stays beside what it brings back",
        "to have the cluster as it was: destroy it, form it anew of one node, restore, then add "
        "the others",
        acceptable=True,
    ),
    Entry(
        "authority-ends-soon",
        Severity.REFUSE,
        "the authority that signs a cluster's certificates ends within the days that are asked "
        "for: to renew it is to form the cluster anew",
        acceptable=True,
    ),
    Entry(
        "nothing-to-renew",
        Severity.INFO,
        "no certificate of the cluster ends within the days that are asked for, as it was last "
        "seen; the job looks again",
    ),
)
