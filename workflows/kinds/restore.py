"""``restore``: put what a backup holds into the datastore of a cluster again."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema

from cluster.backups import backup_name_field
from cluster.findings import Finding, refusal
from cluster.meanings import ClusterName
from cluster.spec import Cluster
from workflows import steps
from workflows.access import Permission
from workflows.cluster_rules import all_alive
from workflows.plan import Draft, Kind, Scope


class RestoreSchema(Schema):
    """What a ``restore`` request says."""

    confirm = ClusterName(
        required=True,
        metadata={"description": "The cluster's name once more: this cannot be undone"},
    )
    backup = backup_name_field("The backup's name; the newest of the cluster if left out")


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Prove the backup before anything is put, and look at the cluster afterwards.

    Only a backup of the same cluster is restored: whoever may change a cluster of their own is not
    to read another's secrets by way of its backup.
    """
    cluster = scope.there
    host = cluster.seed
    return Draft(
        (
            steps.check_backup(cluster, host, params["backup"]),
            steps.restore_backup(cluster, host),
            steps.verify_quorum(cluster, "Verify quorum and nodes", workers=cluster.workers),
        ),
        (*all_alive(cluster), *_merges(cluster)),
    )


def _merges(cluster: Cluster) -> Iterator[Finding]:
    if len(cluster.nodes) > 1:
        yield refusal(
            "restore-merges",
            f"cluster {cluster.name} has {len(cluster.nodes)} nodes: a restore puts the objects of "
            "the backup over what lives there, and deletes nothing that is newer",
            "destroy the cluster, form it anew of one node, restore into that, then add the "
            "others; to have both, accept restore-merges",
            acceptable=True,
            field="/params/confirm",
        )


KIND = Kind(
    name="restore",
    summary="Put what a backup of the cluster holds into its datastore again",
    schema=RestoreSchema,
    plan=plan,
    is_final=True,
    permission=Permission.DESTROY,
    example={"confirm": "prod"},
    given={"prod": {"control_plane": ["n1"]}},
    follows=("backup",),
)
