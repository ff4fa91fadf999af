"""``verify-backup``: read a backup to its end, and change nothing."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from cluster.backups import backup_name_field
from workflows import steps
from workflows.plan import Draft, Kind, Lock, Scope


class VerifyBackupSchema(Schema):
    """What a ``verify-backup`` request says."""

    backup = backup_name_field("The backup's name; the newest if left out")


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Ask no host: a backup has to be readable above all where the cluster is not there."""
    cluster = scope.there
    host = cluster.control_plane[0]
    return Draft((steps.check_backup(cluster, host, params["backup"]),), looks_first=False)


KIND = Kind(
    name="verify-backup",
    summary="Read a backup to its end: opened, compared and counted; no host is asked",
    schema=VerifyBackupSchema,
    plan=plan,
    lock=Lock.NONE,
    fits_remains=True,
    example={},
    given={"prod": {"control_plane": ["n1"]}},
    follows=("backup",),
)
