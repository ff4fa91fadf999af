"""The first page: every cluster at a glance, and the jobs at work."""

import time

from flask import Response
from markupsafe import Markup

from api.backend import backend
from api.http.documents import tag_of_text
from api.operations.health import readiness
from api.page.blueprint import bp
from api.page.calendar_view import next_runs
from api.page.cluster_view import ClusterView, cluster_views
from api.page.job_progress import progress
from api.page.rendering import kept_fresh, page, unchanged
from api.page.sessions import current_session
from api.page.static_files import build
from api.page.words import natural
from api.topology import svg
from workflows.access import Permission
from workflows.inventory import CHANGES
from workflows.ledger.reads import GLOBAL_STREAM

LOOKED_AT = 20
SHOWN_SECONDS = 15
SHOWN_FINISHED = 6
SHOWN_CLUSTERS = 6
"""Those that need somebody first; the list of clusters has all."""
PLACE, LEAST_PLACES, MOST_PLACES = 37, 4, 6
"""What a node takes of a sketch's width, and how many may stand side by side."""


@bp.get("/", needs=Permission.READ)
def overview() -> Response:
    """Show clusters with their health, and jobs; who has them already is told so at once."""
    stamp = _stamp()
    if known := unchanged(stamp):
        return known
    names = backend().names
    jobs = backend().ledger.jobs(limit=LOOKED_AT, whole=False)
    clusters = sorted(names.troubled_clusters(), key=lambda row: (row[0], natural(row[1])))
    views = sorted(
        cluster_views([name for _, name in clusters[:SHOWN_CLUSTERS]], jobs),
        key=lambda view: (view.urgency, natural(view.name)),
    )
    moving = [job for job in jobs if not job.is_finished]
    finished = [job for job in jobs if job.is_finished][:SHOWN_FINISHED]
    response = page(
        "overview.html",
        hosts=names.host_count(),
        free=len(names.free_hosts()),
        clusters=[(view, _sketch(view)) for view in views],
        count=len(clusters),
        jobs=[*moving, *finished],
        moving=len(moving),
        next_runs=next_runs(),
        progress=progress,
        warnings=[check for check in readiness().values() if check["status"] != "pass"],
    )
    return kept_fresh(response, stamp)


def _stamp() -> str:
    """Name what the page shows, in one round trip: the last event, the inventory, and the time.

    Ages and signs of life go on without an event, so it is the same for ``SHOWN_SECONDS`` at most.
    """
    with backend().redis.pipeline(transaction=False) as pipe:
        pipe.xrevrange(GLOBAL_STREAM, count=1)
        pipe.get(CHANGES)
        newest, changes = pipe.execute()
    session = current_session()
    shown = (
        newest[0][0] if newest else "",
        changes or "",
        int(time.time() // SHOWN_SECONDS),
        session.csrf if session else "",
        build(),
    )
    return tag_of_text(" ".join(map(str, shown)))


def _sketch(view: ClusterView) -> Markup:
    """Draw a cluster small; few nodes are drawn larger."""
    widest = max(len(view.body["control_plane"]), len(view.body["workers"]))
    places = min(max(widest, LEAST_PLACES), MOST_PLACES)
    return svg(view.picture, standalone=False, small=True, width=float(PLACE * places))
