"""Where the API begins: the addresses of what there is."""

from flask import Response, url_for

from api.access.needs import ANY_TOKEN
from api.description.answers import IndexSchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document

bp = Blueprint("index", __name__, description="Where the API begins")


@bp.get("/v1", needs=ANY_TOKEN)
@bp.response(200, IndexSchema, headers=ETAG, description="The addresses of what there is")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_index() -> Response:
    """Show where hosts, clusters, jobs, kinds of change and the documentation are."""
    links = {
        "self": url_for("index.show_index"),
        "hosts": url_for("hosts.list_hosts"),
        "clusters": url_for("clusters.list_clusters"),
        "jobs": url_for("jobs.list_jobs"),
        "kinds": url_for("kinds.list_kinds"),
        "token": url_for("tokens.show_own"),
        "tokens": url_for("tokens.list_tokens"),
        "documentation": url_for("docs.readable"),
        "openapi": url_for("docs.openapi"),
        "problems": url_for("docs.list_problems"),
        "ready": url_for("health.ready"),
        "page": "/",
    }
    return conditional(document({"version": "v1", "links": links}))
