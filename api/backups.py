"""Backups of clusters: which there are, and what was counted in each; never what is in them."""

from flask import Response

from api.backend import backend
from api.description.backup_answers import BackupListSchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from cluster.backups import Manifest
from cluster.names import DNS_LABEL
from deploy_scripts.backups.shelf import Shelf
from workflows.access import Permission
from workflows.moments import rfc3339

bp = Blueprint("backups", __name__, url_prefix="/v1", description="Backups of clusters")


@bp.get("/clusters/<name>/backups", needs=Permission.READ)
@bp.response(200, BackupListSchema, headers=ETAG, description="The backups, the newest first")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_backups(name: str) -> Response:
    """List the backups of a cluster, the newest first: also of one that is no more.

    Told are the manifests in the data directory of this API, which Celery workers write there.
    """
    found: tuple[Manifest, ...] = ()
    shelf = Shelf(backend().settings.data_dir)
    if DNS_LABEL.fullmatch(name):
        found = shelf.backups(name)
    if not found:
        backend().inventory.cluster(name)  # a name that nobody knows is told as such
    rows = [
        each.as_dict() | {"time": rfc3339(each.at), "here": shelf.holds(name, each.name)}
        for each in found
    ]
    return conditional(document({"backups": rows}))
