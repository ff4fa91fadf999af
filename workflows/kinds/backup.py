"""``backup``: write down what the datastore of a cluster holds, and keep it sealed elsewhere."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from cluster.spec import Cluster
from workflows import steps
from workflows.plan import Draft, Kind, Lock, Scope

MOST_KEPT, MOST_DAYS = 1000, 3650
USUAL_KEPT = 14


class BackupSchema(Schema):
    """What a ``backup`` request says."""

    keep = fields.Integer(
        strict=True,
        load_default=USUAL_KEPT,
        validate=validate.Range(1, MOST_KEPT),
        metadata={
            "description": "How many backups of the cluster are kept, the newest; older ones are "
            "removed once the new one is proved"
        },
    )
    days = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(0, MOST_DAYS),
        metadata={
            "description": "Remove also those that are older than so many days; 0 keeps them"
        },
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Take it from a member that answers and does not lead, where there is one."""
    cluster = scope.there
    host = _source(cluster)
    return Draft(
        (
            steps.take_backup(cluster, host),
            steps.thin_backups(cluster, host, keep=params["keep"], days=params["days"]),
        )
    )


def _source(cluster: Cluster) -> str:
    seen = cluster.observation
    leader = seen.leader() if seen else None
    dead = {row.host for row in seen.dead()} if seen else set()
    leads = leader.host if leader else None
    return min(cluster.control_plane, key=lambda host: (host in dead, host == leads))


KIND = Kind(
    name="backup",
    summary="Back up the datastore of a cluster, sealed, and off its hosts",
    schema=BackupSchema,
    plan=plan,
    lock=Lock.SHARED,
    example={},
    given={"prod": {"control_plane": ["n1"]}},
)
