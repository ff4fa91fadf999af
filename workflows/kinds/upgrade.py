"""``upgrade``: bring every node to another channel, one minor version at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields

from cluster.names import Channel
from cluster.spec import Cluster
from cluster.versions import minor_of_channel
from workflows import steps
from workflows.backup_rules import recent_backup
from workflows.plan import Draft, Kind, Scope, Step
from workflows.turn_rules import at_once, emptied, seed_for, verified
from workflows.upgrade_rules import groups, legs, upgrade


class UpgradeSchema(Schema):
    """What an ``upgrade`` request says."""

    channel = Channel(
        required=True,
        metadata={"description": "The snap channel to end at, for example 1.33/stable"},
    )
    max_unavailable = at_once("refreshed")
    drain = fields.Boolean(
        load_default=True,
        metadata={
            "description": "Move the pods off a node before it is refreshed; left to false, they "
            "stay and may be restarted"
        },
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """At each minor: the control plane one by one, the leader last, then workers in batches."""
    cluster, channel, most = scope.there, params["channel"], params["max_unavailable"]
    drains = params["drain"] and len(cluster.nodes) > 1
    findings = list(upgrade(cluster, channel, max_unavailable=most, drains=drains))
    story = tuple(_story(cluster, channel, most, drains))
    if story:
        findings += recent_backup(scope, "an upgrade, from which there is no way back")
    return Draft(story, tuple(findings))


def _story(cluster: Cluster, channel: str, most: int, drains: bool) -> Iterator[Step]:
    way = legs(cluster, channel)
    if way:
        yield steps.check_channels(cluster, way, host=seed_for(cluster, ()))
        # Each API server forgets what it was asked for as it is refreshed: all is asked before.
        if (minor := minor_of_channel(channel)) is not None:
            yield steps.check_apis(cluster, minor)
        yield verified(cluster, "Verify quorum and nodes")
    for leg in way:
        for hosts in tuple(groups(cluster, leg, channel, most)):
            yield from _refreshed(cluster, hosts, leg, drains)
            nodes = (cluster.nodes[host] for host in hosts)
            cluster = cluster.plus(*(replace(node, channel=leg) for node in nodes))
            yield verified(cluster, f"Verify quorum and nodes with {steps.counted(hosts)} at {leg}")


def _refreshed(cluster: Cluster, hosts: Sequence[str], leg: str, drains: bool) -> list[Step]:
    """Refresh nodes, emptied before it if they are to be, and let pods on them again."""
    seed = seed_for(cluster, hosts)
    story = [steps.refresh_microk8s(cluster, hosts, leg, seed=seed)]
    return emptied(cluster, hosts, story, seed=seed) if drains else story


KIND = Kind(
    name="upgrade",
    summary="Bring every node to another channel, one minor version and a few nodes at a time",
    schema=UpgradeSchema,
    plan=plan,
    is_final=True,
    example={"channel": "1.33/stable"},
    given={"prod": {"control_plane": ["n1"], "workers": ["n2"]}},
)
