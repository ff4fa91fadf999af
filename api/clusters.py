"""Clusters as they are meant to be and as they were last seen, and what their quorum allows."""

import time
from collections.abc import Mapping
from typing import Any

from flask import Response, url_for

from api.backend import backend
from api.description.cluster_answers import ClusterListSchema, ClusterSchema
from api.description.quorum_answers import QuorumAnswerSchema
from api.description.schemas import ClustersQuerySchema
from api.description.what_if import QuorumQuerySchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from api.http.paging import LINK, with_next
from api.quorum import quorum_body
from cluster.drawing.ageing import aged
from cluster.drawing.quorum_words import health_with
from cluster.spec import Cluster, Role, of_role
from workflows.access import Permission
from workflows.moments import rfc3339

bp = Blueprint("clusters", __name__, url_prefix="/v1", description="Clusters and their quorum")


def cluster_body(cluster: Cluster) -> dict[str, Any]:
    """Return what is told of a cluster."""
    own = url_for("clusters.show_cluster", name=cluster.name)
    seen = cluster.observation
    return {
        "name": cluster.name,
        "environment": str(cluster.environment),
        "topology": str(cluster.topology),
        "channel": cluster.channel,
        "control_plane": list(of_role(cluster.whole, Role.CONTROL_PLANE)),
        "workers": list(of_role(cluster.whole, Role.WORKER)),
        "nodes": {host: node.as_dict() for host, node in cluster.nodes.items()},
        "coming": {host: node.as_dict() for host, node in cluster.coming.items()},
        "addons": list(cluster.addons),
        "phase": str(cluster.phase),
        "revision": cluster.revision,
        "formed": cluster.formed,
        **sight(cluster),
        "backed_up_at": cluster.backed_up_at,
        "quorum": seen.quorum.as_dict() if seen else None,
        "observation": seen.as_dict() if seen else None,
        "links": {
            "self": own,
            "page": url_for("page.show_cluster", name=cluster.name),
            "quorum": f"{own}/quorum",
            "plans": f"{own}/plans",
            "changes": f"{own}/changes",
            "jobs": url_for("jobs.list_jobs", cluster=cluster.name),
        },
    }


def sight(cluster: Cluster) -> dict[str, Any]:
    """Return when a cluster was last seen, and its health as far as it is known now."""
    seen, at = cluster.observation, cluster.observed_at
    age = None if at is None else max(time.time() - at, 0)
    is_old = age is not None and age > backend().settings.observation_seconds
    then = health_with(seen.quorum.as_dict() if seen else None, seen.findings if seen else ())
    return {
        "health": str(aged(then, is_old=is_old)),
        "stale": is_old,
        "observed_at": at,
        "observed_time": rfc3339(at),
        "age_seconds": None if age is None else round(age, 3),
    }


def _ageless(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a cluster without its age, which says nothing new by growing."""
    return {name: value for name, value in body.items() if name != "age_seconds"}


@bp.get("/clusters", needs=Permission.READ)
@bp.arguments(ClustersQuerySchema, location="query")
@bp.response(
    200,
    ClusterListSchema,
    headers=LINK | ETAG,
    description="A page of clusters, by name; `Link` leads to the next",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_clusters(query: dict[str, Any]) -> Response:
    """List the clusters."""
    found = backend().inventory.clusters_after(
        query.get("cursor", ""), query["per_page"], query["begun"]
    )
    rows = [cluster_body(cluster) for cluster in found.rows]
    answer = conditional(document({"clusters": rows}), named_by=[_ageless(row) for row in rows])
    return with_next(answer, found.cursor)


@bp.get("/clusters/<name>", needs=Permission.READ)
@bp.response(200, ClusterSchema, headers=ETAG, description="The cluster")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_cluster(name: str) -> Response:
    """Show what a cluster is meant to be, and how it was last seen."""
    body = cluster_body(backend().inventory.cluster(name))
    return conditional(document(body), named_by=_ageless(body))


@bp.get("/clusters/<name>/quorum", needs=Permission.READ)
@bp.arguments(QuorumQuerySchema, location="query")
@bp.response(
    200,
    QuorumAnswerSchema,
    headers=ETAG,
    description="The quorum, and what would become of it",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_quorum(query: dict[str, Any], name: str) -> Response:
    """Work out the quorum of the last observation, and try operations on paper.

    Nothing is changed, and no host is asked. A cluster that has not been seen yet is reckoned as
    its record says. What is refused is not done, so operations behind it are judged without it.
    """
    cluster = backend().inventory.cluster(name)
    body = sight(cluster) | quorum_body(cluster, query["what_if"])
    return conditional(document(body), named_by=_ageless(body))
