"""What is wrong with the names in a change's params, whatever its kind: findings from their fields.

Pure: looks at nothing but what planning may look at.
"""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema

from cluster.actions import Action
from cluster.findings import Finding, refusal
from cluster.meanings import Meaning, named
from cluster.spec import Host, Role
from workflows.plan import Scope
from workflows.reserved_hosts import way_out, ways_out, why_reserved

PARAMS = "/params"
"""Where params stand in a request; findings point into it."""
MOST_NAMED = 10
"""Nodes that a refusal names to say what there is."""


def wrong_names(schema: Schema, params: Mapping[str, Any], scope: Scope) -> Iterator[Finding]:
    """Yield a refusal for each name in ``params`` that is not what its field means.

    ``params`` are in their JSON form and valid by the schema. Whether another cluster has a name
    is nothing that planning looks at, so of a new one it is not checked.
    """
    for meaning, name, pointer in named(schema, params):
        if check := CHECKS.get(meaning):
            yield from check(name, PARAMS + pointer, scope)


def _free_host(name: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    if scope.cluster is not None and name in scope.cluster.nodes:
        return  # it is where it is wanted: asked for twice, nothing is left to do
    host = scope.hosts.get(name)
    if host is None:
        yield refusal(
            "unknown-host",
            f"host {name} is not in the inventory",
            "add it, or correct the name",
            host=name,
            field=pointer,
            actions=(Action.ADD_HOST.of(host=name), Action.LIST_HOSTS.of()),
        )
        return
    elsewhere = bool(host.cluster) and host.cluster != scope.name
    held = scope.reservations.get(name)
    if held and (elsewhere or not held.is_over):
        yield refusal(
            "host-reserved",
            why_reserved(f"host {name}", host.cluster, held),
            f"{way_out(host.cluster, held)}; or name another host",
            host=name,
            field=pointer,
            actions=ways_out(host.cluster, held),
        )
    elif elsewhere:
        yield refusal(
            "host-in-cluster",
            f"host {name} belongs to cluster {host.cluster}" + _at_work(scope, host),
            f"remove it from {host.cluster} first, or name another host",
            host=name,
            field=pointer,
            actions=(Action.PLAN_CHANGE.of(kind="remove-node", cluster=host.cluster),),
        )


def _node(name: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    nodes = tuple(scope.cluster.nodes) if scope.cluster is not None else ()
    if name not in nodes:
        near = get_close_matches(name, nodes, 1)
        there = ", ".join(nodes[:MOST_NAMED]) or "none yet"
        yield refusal(
            "no-such-node",
            f"{name} is no node of cluster {scope.name}, which has {there}",
            f"did you mean {near[0]}?" if near else "name a node of the cluster",
            host=name,
            field=pointer,
            actions=(Action.SHOW_CLUSTER.of(cluster=scope.name),) if nodes else (),
        )


def _control_plane_node(name: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    if scope.cluster is None or name not in scope.cluster.nodes:
        yield from _node(name, pointer, scope)
    elif name not in scope.cluster.control_plane:
        yield refusal(
            "no-such-node",
            f"{name} is a {Role.WORKER} of cluster {scope.name}, no {Role.CONTROL_PLANE} node",
            "name one of " + ", ".join(scope.cluster.control_plane[:MOST_NAMED]),
            host=name,
            field=pointer,
        )


def _cluster(name: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    if name != scope.name:
        yield refusal(
            "not-confirmed",
            f"the change is one of cluster {scope.name}, and {name} is confirmed",
            f"say {pointer.rpartition('/')[2]}: {scope.name}",
            field=pointer,
        )


def _at_work(scope: Scope, host: Host) -> str:
    """Name the job that holds a host's cluster, if one does."""
    job = scope.jobs.get(host.cluster)
    return f", on which job {job} is at work" if job else ""


CHECKS: Mapping[Meaning, Callable[[str, str, Scope], Iterator[Finding]]] = {
    Meaning.FREE_HOST: _free_host,
    Meaning.NODE: _node,
    Meaning.CONTROL_PLANE: _control_plane_node,
    Meaning.CLUSTER: _cluster,
}
"""By meaning, what a name has to be."""
