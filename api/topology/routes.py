"""A cluster's drawing over HTTP, in three forms; an unchanged one costs no body."""

import base64
import hashlib

from flask import Response

from api.backend import backend
from api.clusters import cluster_body
from api.http.blueprint import Blueprint
from api.http.documents import conditional
from api.topology.mermaid import mermaid
from api.topology.svg import CSS, svg
from cluster.drawing.picture import Picture, picture_of
from cluster.drawing.text import text
from workflows.access import Permission

SVG, TEXT = "image/svg+xml", "text/plain"
_STYLE_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
SVG_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
"""The drawing's own style and nothing else, when a browser opens it as a page."""
UNCHANGED = "Unchanged, by `If-None-Match`"

bp = Blueprint("topology", __name__, url_prefix="/v1", description="Clusters drawn")


@bp.get("/clusters/<name>/topology.svg", needs=Permission.READ)
@bp.response(200, {"type": "string"}, content_type=SVG, description="The drawing")
@bp.alt_response(304, description=UNCHANGED)
def draw_svg(name: str) -> Response:
    """Draw a cluster as SVG: nodes with roles and health, sites, the quorum, the findings.

    States are shapes and words, so that no colour is needed; light or dark is the reader's choice.
    """
    response = _drawing(str(svg(_picture(name), standalone=True)), SVG)
    response.headers["Content-Security-Policy"] = SVG_POLICY
    return response


@bp.get("/clusters/<name>/topology.mmd", needs=Permission.READ)
@bp.response(200, {"type": "string"}, content_type=TEXT, description="A Mermaid flowchart")
@bp.alt_response(304, description=UNCHANGED)
def draw_mermaid(name: str) -> Response:
    """Draw a cluster as a Mermaid flowchart, for chat and tickets that render it."""
    return _drawing(mermaid(_picture(name)), TEXT)


@bp.get("/clusters/<name>/topology.txt", needs=Permission.READ)
@bp.response(200, {"type": "string"}, content_type=TEXT, description="Boxes, 80 columns wide")
@bp.alt_response(304, description=UNCHANGED)
def draw_text(name: str) -> Response:
    """Draw a cluster as text, for terminals and chat."""
    return _drawing(f"{text(_picture(name))}\n", TEXT)


def _picture(name: str) -> Picture:
    inventory = backend().inventory
    cluster = inventory.cluster(name)
    return picture_of(cluster_body(cluster), inventory.hosts_of(cluster))


def _drawing(content: str, kind: str) -> Response:
    response = Response(content, content_type=f"{kind}; charset=utf-8")
    return conditional(response)
