"""A cluster as a file: written out of its record, and compared with what there is."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from api.access.needs import OPEN
from api.backend import backend
from api.description.cluster_file_documents import (
    ClusterDiffSchema,
    ClusterFileRequestSchema,
    file_schema,
)
from api.hosts import checked_name
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from cluster.actions import Action
from cluster.spec import Cluster
from cluster.wanted import Wanted
from workflows.access import Permission
from workflows.cluster_file.differences import differences
from workflows.cluster_file.reading import read_file
from workflows.cluster_file.writing import file_text
from workflows.inventory import ClusterNotFound
from workflows.kinds.apply import ApplySchema

YAML = "application/yaml"
FILE = {
    "type": "object",
    "description": "What the YAML says, as `/v1/cluster-file.schema.json` has it",
}
EXAMPLE = """\
apiVersion: clusterwright/v1
name: prod
environment: prod
channel: 1.32/stable
addons: [metrics-server]
hosts:
  cp-1: {role: control-plane}
  cp-2: {role: control-plane}
  cp-3: {role: control-plane}
  w-1:
    role: worker
    labels: {disk: ssd}
"""

bp = Blueprint("cluster_files", __name__, url_prefix="/v1", description="Clusters as files")


@bp.get("/clusters/<cluster>/file", needs=Permission.READ)
@bp.response(200, FILE, content_type=YAML, headers=ETAG, description="The file")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_file(cluster: str) -> Response:
    """Write a cluster as a file, as its record and the inventory have it.

    Compared again at once it has no difference to the record. A cluster that is being formed, or
    taken apart, and has no node by now has no file.
    """
    inventory = backend().inventory
    found = inventory.cluster(cluster)
    if not found.nodes:
        raise ClusterNotFound(
            f"cannot write cluster {found.name} as a file: it is {found.phase} and has no node; "
            f"finish what job {found.made_by[:8]} began, or roll it back",
            Action.SHOW_JOB.of(job=found.made_by),
        )
    text = file_text(found, inventory.hosts_known(set(found.nodes)))
    return conditional(Response(text, content_type=f"{YAML}; charset=utf-8"))


@bp.post("/clusters/<cluster>/file/diff", needs=Permission.PLAN, changes=False)
@bp.arguments(ClusterFileRequestSchema, example={"text": EXAMPLE})
@bp.response(200, ClusterDiffSchema, description="What differs; an empty list where nothing does")
def compare_file(values: dict[str, Any], cluster: str) -> Response:
    """Compare a cluster's file with its record, and with what was last seen; nothing happens.

    A file with any fault is refused with all of them, each with its line and column
    (`invalid-cluster-file`). `params` of the answer are those of the change of kind `apply` that
    the file asks for: posted as a plan they tell every step, and the plan's digest binds the change
    to it.
    """
    name = checked_name(cluster, "cluster")
    params = read_file(values["text"], name)
    wanted: Wanted = ApplySchema().load(params)
    found = _cluster(name)
    rows = differences(wanted, name, found, _hosts(wanted, found))
    return document(
        {
            "cluster": name,
            "exists": found is not None,
            "differences": [row.as_dict() for row in rows],
            "params": params,
        }
    )


@bp.get("/cluster-file.schema.json", needs=OPEN)
@bp.response(200, {"type": "object"}, headers=ETAG, description="A JSON Schema (2020-12)")
@bp.alt_response(304, description="The schema is as the ETag says")
def show_file_schema() -> Response:
    """Tell the schema of a cluster's file, for editors: what there is to say, and how."""
    return conditional(document(file_schema()))


def _cluster(name: str) -> Cluster | None:
    try:
        return backend().inventory.cluster(name)
    except ClusterNotFound:
        return None


def _hosts(wanted: Wanted, cluster: Cluster | None) -> Mapping[str, Any]:
    names = {*wanted.roles, *(cluster.nodes if cluster else ())}
    return backend().inventory.hosts_known(names)
