"""Nodes that are away in turn: which go together, how each is emptied, what is to be said; pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from marshmallow import fields, validate

from cluster.findings import Finding, refusal, warning
from cluster.quorum import VOTERS, explain
from cluster.spec import Cluster
from workflows import steps
from workflows.closing import between
from workflows.plan import Step
from workflows.removal_rules import takes_pods

AT_ONCE = "/params/max_unavailable"
MOST_AT_ONCE = 20


def at_once(done: str) -> fields.Integer:
    """Return the field that says how many workers are away at once; ``done`` is what is done."""
    return fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(min=1, max=MOST_AT_ONCE),
        metadata={"description": f"How many workers are {done} at once"},
    )


def in_turn(
    cluster: Cluster,
    hosts: Collection[str],
    max_unavailable: int,
    *,
    first: Collection[str | None] = (),
) -> Iterator[tuple[str, ...]]:
    """Yield the nodes that are away together: each member alone, its leader last, then workers.

    ``first`` are members that come before the others, whoever leads.
    """
    seen = cluster.observation
    leader = seen.leader() if seen else None
    members = [host for host in cluster.control_plane if host in hosts]
    for host in sorted(
        members, key=lambda host: (host not in first, leader is not None and host == leader.host)
    ):
        yield (host,)
    workers = [host for host in cluster.workers if host in hosts]
    for start in range(0, len(workers), max_unavailable):
        yield tuple(workers[start : start + max_unavailable])


def seed_for(cluster: Cluster, hosts: Sequence[str]) -> str:
    """Return the control plane node to work through: another one that answered, if there is one."""
    seen = cluster.observation
    dead = {row.host for row in seen.dead()} if seen else set()
    others = [name for name in cluster.control_plane if name not in hosts]
    return next((name for name in others if name not in dead), (*others, *hosts)[0])


def emptied(cluster: Cluster, hosts: Sequence[str], story: list[Step], *, seed: str) -> list[Step]:
    """Have nodes emptied before some steps, and let pods on them again whatever happens."""
    story = [*(steps.drain_node(cluster, host, seed=seed) for host in hosts), *story]
    for host in reversed(hosts):
        opener = steps.cordon_node(cluster, host, seed=seed)
        story = between(opener, story, steps.uncordon_node(cluster, host, seed=seed))
    return story


def verified(cluster: Cluster, title: str) -> Step:
    """See that all is in order, and that every member has the role that it is to have."""
    return steps.verify_quorum(cluster, title, workers=cluster.workers, settled=True)


def api_away(cluster: Cluster, meanwhile: str, advice: str, *, field: str) -> Iterator[Finding]:
    """Yield that API and datastore are away ``meanwhile``, below three control plane nodes."""
    if len(cluster.control_plane) < VOTERS:
        yield warning(
            "api-away",
            f"cluster {cluster.name} has {explain(len(cluster.control_plane))}: API and datastore "
            f"are away while {meanwhile}",
            advice,
            field=field,
        )


def no_place(cluster: Cluster, groups: Iterable[Sequence[str]], done: str) -> Iterator[Finding]:
    """Yield that the pods of nodes which are emptied at once find no other node."""
    for group in groups:
        if all(cluster.nodes[host].is_dedicated for host in group):
            continue
        if not any(takes_pods(cluster, host) for host in cluster.nodes if host not in group):
            yield refusal(
                "no-node-to-drain-to",
                f"while {', '.join(group)} {'is' if len(group) == 1 else 'are'} {done}, no "
                f"other node of cluster {cluster.name} takes workloads, so what runs there stops",
                "say a smaller max_unavailable, add a worker first, say drain: false to leave the "
                "workloads where they are, or accept no-node-to-drain-to",
                acceptable=True,
                field=AT_ONCE,
            )
            return
