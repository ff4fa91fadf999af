"""``copy-backups``: have copies in the bucket of backups that were taken before it was named."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from cluster.backups import backup_name_field
from workflows import steps
from workflows.plan import Draft, Kind, Lock, Scope


class CopyBackupsSchema(Schema):
    """What a ``copy-backups`` request says."""

    backup = backup_name_field("The backup's name; every backup of the cluster if left out")


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Ask no host: what is copied is where the Celery worker keeps it."""
    cluster = scope.there
    host = cluster.control_plane[0]
    name = params["backup"]
    return Draft(
        (steps.check_copies(cluster, host, name), steps.copy_backups(cluster, host, name)),
        looks_first=False,
    )


KIND = Kind(
    name="copy-backups",
    summary="Copy backups to the bucket that have no copy there; no host is asked",
    schema=CopyBackupsSchema,
    plan=plan,
    lock=Lock.NONE,
    fits_remains=True,
    example={},
    given={"prod": {"control_plane": ["n1"]}},
)
