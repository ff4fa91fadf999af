"""Reads what planning looks at: the cluster as the jobs before leave it, hosts, reservations."""

from collections.abc import Iterable, Mapping
from time import time

from cluster.addon_names import argument, canonical
from cluster.meanings import named
from cluster.spec import Cluster, Environment, Host, Phase
from workflows.celery_workers import served_sites
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job
from workflows.kinds import kind_of
from workflows.ledger.ledger import Ledger
from workflows.metallb_rules import gives_addresses
from workflows.plan import Basis, Change, Reservation, Scope
from workflows.writes import Forget, after, founded, from_dict


def read_scope(ledger: Ledger, inventory: Inventory, change: Change, *, own: str = "") -> Scope:
    """Read all that planning a change looks at.

    ``own`` is the job that is planned anew: it holds the cluster, so nothing comes before it, and
    it is planned on the record as it was before its own writes.
    The revision is read first: who records the plan learns of whatever changes from then on.
    """
    revision = ledger.revision(change.cluster)
    before = [] if own else ledger.jobs_named(ledger.ahead(change.cluster))
    cluster = _cluster(inventory, change.cluster, own)
    left = _as_left(change.cluster, cluster, before)
    destroyer = _destroyer(ledger, cluster, before)
    held = destroyer.hosts if destroyer and left else []
    hosts = inventory.hosts_known(_names(change, cluster, left).union(held))
    sites = frozenset(host.site for host in hosts.values())
    taken = {host.cluster for host in hosts.values() if host.cluster}
    jobs = inventory.jobs_at_work({change.cluster, *taken})
    if own and jobs.get(change.cluster) == own:
        del jobs[change.cluster]
    written = sum(_writes_of(job) for job in before)
    lends = gives_addresses(kind_of(change.kind).form, change.params)
    return Scope(
        name=change.cluster,
        cluster=left,
        hosts=hosts,
        record=cluster,
        jobs=jobs,
        basis=Basis(
            revision=revision + written,
            observed=cluster.observed_at if cluster else None,
            behind=tuple(job.id for job in before),
        ),
        revision=revision,
        destroyed_by=destroyer.id if destroyer else "",
        remains=tuple(name for name in held if _is_held(hosts.get(name), left)),
        unserved=sites - served_sites(ledger.redis),
        reservations=_reservations(ledger, hosts, own),
        addresses=_addresses(inventory.hosts()) if lends else {},
        lent=_lent(inventory.clusters()) if lends else {},
        now=time(),
    )


def _names(change: Change, *clusters: Cluster | None) -> set[str]:
    """Return the hosts that a change can be about: those that it names, and those of its cluster.

    No others are read, so planning costs the same however many hosts there are.
    """
    schema = kind_of(change.kind).form
    names = {name for _, name, _ in named(schema, change.params)}
    return names.union(*((*cluster.nodes, *cluster.coming) for cluster in clusters if cluster))


def _addresses(hosts: Iterable[Host]) -> dict[str, str]:
    """Return which host has an address, by the one that SSH uses and by that of the node."""
    found: dict[str, str] = {}
    for host in hosts:
        found |= dict.fromkeys(filter(None, (host.address, host.node_address)), host.name)
    return found


def _lent(clusters: Iterable[Cluster]) -> dict[str, str]:
    """Return the range that MetalLB of each cluster gives away."""
    return {
        cluster.name: argument(addon)
        for cluster in clusters
        for addon in cluster.addons
        if canonical(addon) == "metallb" and argument(addon)
    }


def _cluster(inventory: Inventory, name: str, own: str) -> Cluster | None:
    """Return a cluster's record, unless there is none, or only what the job itself began."""
    try:
        cluster = inventory.cluster(name, before=own)
    except ClusterNotFound:
        return None
    is_own = own and cluster.made_by == own and cluster.phase is Phase.FORMING
    return None if is_own else cluster


def _as_left(name: str, cluster: Cluster | None, before: Iterable[Job]) -> Cluster | None:
    """Return the record as unfinished jobs will leave it; who is being undone adds nothing."""
    for job in before:
        if job.is_undone:
            continue
        if cluster is None and job.founds:
            cluster = founded(name, Environment(job.founds))
        rows = (row for step in job.plan["steps"] for row in step.get("writes", ()))
        cluster = after(cluster, map(from_dict, rows))
    return cluster


def _destroyer(ledger: Ledger, cluster: Cluster | None, before: Iterable[Job]) -> Job | None:
    """Return the job that takes the cluster apart, or began to and rests."""
    for job in before:
        rows = (row for step in job.plan["steps"] for row in step.get("writes", ()))
        if not job.is_undone and any(isinstance(from_dict(row), Forget) for row in rows):
            return job
    if cluster is None or cluster.phase is not Phase.DESTROYING:
        return None
    return next(iter(ledger.jobs_named([ledger.last_writer(cluster.name)])), None)


def _is_held(host: Host | None, cluster: Cluster | None) -> bool:
    """Whether a host is no node of the cluster, and still reserved for it."""
    if host is None or cluster is None or host.name in cluster.nodes:
        return False
    return bool(host.reserved_by) and host.cluster == cluster.name


def _writes_of(job: Job) -> int:
    """Return how often a job will still write the record: once for each step that does."""
    return sum(
        bool(planned.get("writes")) and record.status != "done"
        for planned, record in zip(job.plan["steps"], job.steps, strict=True)
    )


def _reservations(ledger: Ledger, hosts: Mapping[str, Host], own: str) -> dict[str, Reservation]:
    held = {
        name: host.reserved_by
        for name, host in hosts.items()
        if host.reserved_by and host.reserved_by != own
    }
    by_job = {job: ledger.reservation(job) for job in set(held.values())}
    return {name: by_job[job] for name, job in held.items()}
