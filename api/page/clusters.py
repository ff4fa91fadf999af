"""One cluster: its drawing, its quorum, what a loss would do, its nodes, findings and jobs."""

from collections.abc import Sequence

from flask import Response, g

from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.page.blueprint import bp
from api.page.calendar_view import coming_of
from api.page.cluster_view import cluster_view, cluster_views
from api.page.job_findings import warnings_of
from api.page.job_progress import progress
from api.page.parts import asked_part
from api.page.places import see_other
from api.page.rendering import kept_fresh, page
from api.topology import svg
from cluster.spec import Cluster, Phase
from workflows.access import Permission
from workflows.jobs import Job
from workflows.kinds import KINDS
from workflows.plan import Change, Kind, Lock, Needs
from workflows.states import JobStatus
from workflows.submit import submit

SHOWN_JOBS = 8
SHOWN = 10
"""Clusters of a page; each is read with its hosts and its newest job."""
PHONE_WIDTH = 340.0


@bp.get("/clusters", needs=Permission.READ)
def list_clusters() -> Response:
    """List clusters by name, a page at a time."""
    asked = asked_part()
    found = backend().inventory.clusters_after(asked.cursor, SHOWN, asked.begun)
    views = cluster_views([cluster.name for cluster in found.rows], ())
    return page("clusters.html", views=views, asked=asked, following=asked.after(found.cursor))


@bp.get("/clusters/<name>", needs=Permission.READ)
def show_cluster(name: str) -> Response:
    """Show one cluster."""
    inventory = backend().inventory
    jobs = backend().ledger.jobs(cluster=name, limit=SHOWN_JOBS, whole=False)
    cluster = inventory.cluster(name)
    view = cluster_view(cluster, inventory.hosts_of(cluster), jobs)
    response = page(
        "cluster.html",
        view=view,
        cluster=view.body,
        drawing=svg(view.picture, standalone=False),
        narrow_drawing=svg(view.picture, standalone=False, width=PHONE_WIDTH),
        jobs=jobs,
        warned=_warned(jobs),
        coming=coming_of(cluster),
        progress=progress,
        kinds=[kind for kind in KINDS.values() if _applies(kind, cluster)],
    )
    return kept_fresh(response)


def _applies(kind: Kind, cluster: Cluster) -> bool:
    """Whether a kind changes something of a cluster that there is, and makes sense for it."""
    fits = kind.fits_remains or cluster.phase is not Phase.DESTROYING
    return kind.needs is Needs.EXISTING and kind.lock is not Lock.NONE and fits


@bp.post("/clusters/<name>/look", needs=Permission.CHANGE)
def look_now(name: str) -> Response:
    """Have a cluster looked at, and lead to the job that does."""
    cluster = backend().inventory.cluster(name)
    change = Change(cluster.name, "verify", {})
    stores = backend().ledger, backend().inventory
    found = submit(*stores, change, trace_id=g.trace_id, by=principal())
    note(after={"job": found.job.id})
    return see_other(f"/jobs/{found.job.id}")


def _warned(jobs: Sequence[Job]) -> tuple[Job, int] | None:
    """Return the newest job that succeeded, with the number of its warnings, if it has any."""
    last = next((job for job in jobs if job.status is JobStatus.SUCCEEDED), None)
    count = warnings_of(last.findings) if last else 0
    return (last, count) if last and count else None
