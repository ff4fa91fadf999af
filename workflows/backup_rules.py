"""Whether a cluster was backed up lately enough for a change that has no way back; pure."""

from collections.abc import Iterator

from cluster.findings import Finding, Severity
from cluster.spec import Environment
from workflows.plan import Scope

HOUR_SECONDS = 3600
OLD_HOURS = 24
"""A backup that is older is not recent."""


def recent_backup(scope: Scope, meant: str) -> Iterator[Finding]:
    """Yield that no recent backup is known before what is ``meant``, for example "a drill".

    On ``prod`` it refuses unless that is accepted; elsewhere it warns.
    """
    name, at = scope.name, scope.there.backed_up_at
    age = None if at is None else scope.now - at
    is_prod = scope.there.environment is Environment.PROD
    severity = Severity.REFUSE if is_prod else Severity.WARN
    if age is None:
        yield Finding(
            "no-backup",
            severity,
            f"no backup of cluster {name} is known that was read to its end, before {meant}",
            f"take one now: clusterwright change backup {name}; where there is one, prove it: "
            f"clusterwright change verify-backup {name}" + ("; or accept no-backup" * is_prod),
            acceptable=True,
            field="/cluster",
        )
    elif age > OLD_HOURS * HOUR_SECONDS:
        yield Finding(
            "backup-old",
            severity,
            f"the newest proved backup of cluster {name} is {age / HOUR_SECONDS:.0f} hours old "
            f"before {meant}, and one of {OLD_HOURS} hours at most is wanted",
            f"take another now: clusterwright change backup {name}"
            + ("; or accept backup-old" * is_prod),
            acceptable=True,
            field="/cluster",
        )
