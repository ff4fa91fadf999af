"""The metrics by name, help and labels, made of one look at what there is to measure.

Every label takes a bounded set of values: kinds, statuses, steps, outcomes, sites, clusters and
their control plane nodes, and never a job, another host or a message.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from cluster.certificates import DAY_SECONDS
from cluster.spec import Cluster
from workflows.deliveries.store import OUTCOMES
from workflows.hooks.counts import WORD
from workflows.kinds import KINDS
from workflows.ledger.tallies import BOUNDS_MS, RECONCILED, SET_ASIDE_REASONS
from workflows.measures import Measures
from workflows.schedules.store import WORDS
from workflows.states import JobStatus

PREFIX = "clusterwright_"
Counted = Mapping[tuple[str, ...], int]
Gauged = Mapping[tuple[str, ...], float]


def families(measures: Measures) -> Iterator[Metric]:
    """Yield every metric of what was measured."""
    yield from _jobs(measures)
    yield from _steps(measures)
    yield from _hooks(measures)
    yield from _deliveries(measures)
    yield from _slots(measures)
    yield from _reconciler(measures)
    yield from _processes(measures)
    yield from _clusters(measures)


def _counter(name: str, text: str, labels: Iterable[str], rows: Counted) -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, text, labels=list(labels))
    for values, number in sorted(rows.items()):
        family.add_metric(values, number)
    return family


def _gauge(name: str, text: str, labels: Iterable[str], rows: Gauged) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, text, labels=list(labels))
    for values, number in sorted(rows.items()):
        family.add_metric(values, number)
    return family


def _tallied(measures: Measures, what: str) -> dict[tuple[str, ...], int]:
    """Return the counts whose fields begin with a word, by the words after it."""
    return {words[1:]: number for words, number in measures.tallies.items() if words[0] == what}


def _jobs(measures: Measures) -> Iterator[Metric]:
    none = {(kind, str(status)): 0 for kind in KINDS for status in JobStatus}
    entered = none | _tallied(measures, "entered")
    left = _tallied(measures, "left")
    labels = ("kind", "status")
    yield _counter("jobs", "Times that jobs entered a status.", labels, entered)
    yield _gauge(
        "jobs_current",
        "Jobs that are in a status now, finished ones included.",
        labels,
        {row: number - left.get(row, 0) for row, number in entered.items()},
    )
    yield _gauge(
        "oldest_job_age_seconds",
        "For how long the job that has been in a status longest has been in it; 0 without one.",
        ("status",),
        {(str(status),): round(age, 3) for status, age in measures.oldest.items()},
    )


def _steps(measures: Measures) -> Iterator[Metric]:
    yield _counter(
        "step_attempts",
        "Attempts at steps that began, those of undoing them included.",
        ("step", "direction"),
        _tallied(measures, "attempts"),
    )
    yield _counter(
        "step_failures",
        "Attempts at steps that failed, by the kind of error; lost ones included.",
        ("step", "error"),
        _tallied(measures, "failures"),
    )
    yield _durations(measures)


def _durations(measures: Measures) -> Metric:
    """Return the histogram; the counts of the buckets are stored side by side, not added up."""
    family = HistogramMetricFamily(
        PREFIX + "step_duration_seconds",
        "How long attempts at steps took, by how they ended.",
        labels=["step", "outcome"],
    )
    spent = _tallied(measures, "spent")
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for (step, outcome, bound), number in _tallied(measures, "ended").items():
        found[step, outcome][bound] = number
    for row, counts in sorted(found.items()):
        # Bounds of an earlier version count as well, so that no attempt is left out.
        bounds = sorted({*BOUNDS_MS, *(int(bound) for bound in counts if bound != "+Inf")})
        buckets, total = [], 0
        for limit in bounds:
            total += counts.get(str(limit), 0)
            buckets.append((str(limit / 1000), total))
        buckets.append(("+Inf", total + counts.get("+Inf", 0)))
        family.add_metric(row, buckets, spent[row] / 1000)
    return family


def _deliveries(measures: Measures) -> Iterator[Metric]:
    none = {(outcome,): 0 for outcome in OUTCOMES}
    yield _counter(
        "deliveries",
        "Attempts at telling receivers of events, and deliveries that were given up or not kept.",
        ("outcome",),
        none | _tallied(measures, "delivery"),
    )


def _slots(measures: Measures) -> Iterator[Metric]:
    none = {(outcome,): 0 for outcome in WORDS}
    text = "Slots of schedules that came, and what became of them."
    yield _counter("schedule_slots", text, ("outcome",), none | _tallied(measures, "slot"))


def _hooks(measures: Measures) -> Iterator[Metric]:
    yield _counter(
        "hook_events",
        "Events that came in by hooks, and what became of them.",
        ("sender", "outcome"),
        _tallied(measures, WORD),
    )


def _reconciler(measures: Measures) -> Iterator[Metric]:
    lost = sum(
        number for (_, kind), number in _tallied(measures, "failures").items() if kind == "lost"
    )
    yield _counter(
        "lease_expiries",
        "Leases of steps that ran out because their Celery worker was lost.",
        (),
        {(): lost},
    )
    yield _counter(
        "reconciler_actions",
        "Times that the reconciler published a job's remaining steps, or finished it, and why.",
        ("reason",),
        {(reason,): 0 for reason in RECONCILED} | _tallied(measures, "reconciled"),
    )
    yield _counter(
        "reconciler_set_aside",
        "Ids that the reconciler could do nothing for and set aside, and why.",
        ("reason",),
        {(reason,): 0 for reason in SET_ASIDE_REASONS} | _tallied(measures, "set-aside"),
    )


def _processes(measures: Measures) -> Iterator[Metric]:
    yield _gauge(
        "queue_length",
        "Messages in Celery's queue that no Celery worker has taken.",
        ("site",),
        {(site,): number for site, number in measures.queued.items()},
    )
    single = {
        "queue_unacknowledged": ("Messages that Celery workers have taken.", measures.taken),
        "celery_workers": (
            "Celery workers that carry out steps, seen within 30 s.",
            measures.celery_workers,
        ),
        "celery_workers_delivering": (
            "Celery workers that tell receivers of events, seen within 30 s.",
            measures.delivering,
        ),
        "subscriptions": ("Receivers of events.", measures.subscriptions),
        "api_processes": ("API processes that live.", len(measures.streams)),
        "sse_clients": ("Event streams open now, over all API processes.", sum(measures.streams)),
    }
    if measures.append_only is not None:
        text = "Whether Redis keeps an append-only file; without one a restart loses jobs."
        single["redis_append_only"] = (text, int(measures.append_only))
    for name, (text, value) in single.items():
        yield _gauge(name, text, (), {(): value})
    yield _gauge(
        "hosts",
        "Hosts in the inventory.",
        ("site", "in_cluster"),
        {
            (site, "true" if taken else "false"): number
            for (site, taken), number in measures.hosts.items()
        },
    )


def _clusters(measures: Measures) -> Iterator[Metric]:
    seen = {cluster.name: cluster for cluster in measures.clusters if cluster.observation}
    quorums = {name: c.observation.quorum for name, c in seen.items() if c.observation}
    texts = {
        "quorum_tolerance": "Voters that may be lost at once; -1 when the quorum is lost.",
        "members": "Control plane nodes in the datastore's member list, as last observed.",
        "voters": "Voters of the datastore, as last observed.",
        "voters_alive": "Voters that answered, as last observed.",
        "ha": "Whether three voters or more were alive, as last observed.",
        "has_leader": "Whether the datastore had a leader, as last observed; else nothing counts.",
    }
    for name, text in texts.items():
        word = name.removeprefix("quorum_")
        rows: Gauged = {(at,): float(getattr(quorum, word)) for at, quorum in quorums.items()}
        yield _gauge(f"cluster_{name}", text, ("cluster",), rows)
    ages: Gauged = {(name,): _age(cluster, measures.now) for name, cluster in seen.items()}
    text = "How long ago a cluster was last observed; its other metrics are as old."
    yield _gauge("cluster_observed_age_seconds", text, ("cluster",), ages)
    backups: Gauged = {
        (each.name,): round(max(measures.now - each.backed_up_at, 0), 3)
        for each in measures.clusters
        if each.backed_up_at is not None
    }
    text = "How old the newest proved backup of a cluster is; absent where none is known."
    yield _gauge("cluster_backup_age_seconds", text, ("cluster",), backups)
    yield _gauge(
        "cluster_certificate_days_left",
        "Days until the first certificate of a control plane node ends; negative once it has.",
        ("cluster", "node"),
        {row: days for cluster in seen.values() for row, days in _days_left(cluster, measures.now)},
    )


def _days_left(cluster: Cluster, now: float) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the days left of each node that the record has; the ends hold however old the look."""
    certificates = cluster.observation.certificates if cluster.observation else ()
    for host in cluster.control_plane:
        ends = [each.ends for each in certificates if each.host == host]
        if ends:
            yield (cluster.name, host), round((min(ends) - now) / DAY_SECONDS, 3)


def _age(cluster: Cluster, now: float) -> float:
    return round(max(now - (cluster.observed_at or 0), 0), 3)
