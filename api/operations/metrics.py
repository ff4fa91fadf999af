"""``GET /metrics``: the measures of the whole installation, in the formats of Prometheus.

The counts stand in Redis beside the jobs, so whichever process is asked tells of all of them.
"""

import platform
import time
from collections.abc import Iterator
from importlib.metadata import version

from flask import Response, current_app, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from api.backend import backend
from api.http.blueprint import Blueprint
from api.operations import open_streams
from api.operations.metric_families import PREFIX, families
from workflows.access import Permission
from workflows.ledger.ledger import Ledger
from workflows.measures import measure

bp = Blueprint("metrics", __name__, description="What is counted, for Prometheus")


class Measured(Collector):
    """Looks at Redis when it is asked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[Metric]:
        began = time.perf_counter()
        yield from families(measure(self._ledger))
        facts = {"version": version("clusterwright"), "python": platform.python_version()}
        yield InfoMetricFamily(PREFIX + "build", "What serves these metrics.", value=facts)
        yield GaugeMetricFamily(
            PREFIX + "scrape_duration_seconds",
            "How long it took to read these metrics.",
            value=time.perf_counter() - began,
        )


@bp.get("/metrics", needs=Permission.READ)
@bp.response(
    200,
    {"type": "string"},
    content_type="text/plain",
    description="Prometheus' text format, or OpenMetrics if `Accept` asks for it",
)
def show_metrics() -> Response:
    """Tell what is counted: jobs, steps, queues, processes, and the quorum of each cluster."""
    current_app.extensions[open_streams.EXTENSION].tell(backend().redis)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Measured(backend().ledger))
    encode, media_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=media_type)
