"""``apply``: bring a cluster to what a file says, by the steps of the other kinds, in one plan."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields, post_load

from cluster.addon_drift import lost_addons
from cluster.addon_names import canonical
from cluster.drift import seen_marks
from cluster.findings import Finding
from cluster.names import HOST_KEY, Address, Channel, Pattern, by_host
from cluster.spec import DEDICATED_TAINT, Environment, Node, Phase, Role, Topology
from cluster.wanted import Wanted
from workflows import steps
from workflows.cluster_rules import being_destroyed, not_formed
from workflows.file_rules import (
    declared,
    nothing_to_do,
    of_file,
    other_hosts,
    seen_otherwise,
    unwanted_strays,
)
from workflows.kinds import add_nodes, create_cluster, remove_node, set_addons, upgrade
from workflows.kinds.create_cluster import MOST_NODES, CreateCluster, CreateClusterSchema
from workflows.plan import Draft, Kind, Needs, Scope, Step
from workflows.step_modules import step_module
from workflows.writes import after


class ApplySchema(CreateClusterSchema):
    """What an ``apply`` request says: a cluster as it is to be."""

    class Meta:
        """What of a creation is not said."""

        exclude = ("topology",)  # the nodes and their taints give it

    channel = Channel(required=True, metadata={"description": "The snap channel of every node"})
    environment = fields.Enum(
        Environment, by_value=True, required=True, metadata={"description": "What it is for"}
    )
    addresses = by_host(Address(), "The SSH address that each host has to have", most=MOST_NODES)
    host_keys = by_host(
        Pattern(HOST_KEY, "a host key is type and base64, as ssh-keyscan prints it"),
        "The pinned key that each host has to have",
        most=MOST_NODES,
    )
    prune = fields.Boolean(
        load_default=False,
        metadata={"description": "Remove nodes and disable addons that are not named"},
    )

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Wanted:
        taints = {host: tuple(row) for host, row in data.pop("taints").items()}
        for name in ("control_plane", "workers", "addons"):
            data[name] = tuple(data[name])
        return Wanted(**data, taints=taints)


def plan(wanted: Wanted, scope: Scope) -> Draft:
    """Create the cluster where there is none; else ask, change what differs, and remove last."""
    if scope.destroyed_by:
        return Draft(findings=(being_destroyed(scope),))
    if scope.cluster is None:
        draft = create_cluster.plan(_creation(wanted), scope)
        return replace(draft, findings=(*other_hosts(wanted, scope.hosts), *draft.findings))
    if scope.cluster.phase is Phase.FORMING:
        return Draft(findings=(not_formed(scope.cluster),))
    whole = Draft(
        findings=(
            *declared(wanted, scope.cluster),
            *other_hosts(wanted, scope.hosts),
            *(() if scope.basis.behind else seen_otherwise(wanted, scope.cluster)),
        )
    )
    for part, field in PARTS:
        for draft in part(wanted, scope):
            whole = _joined(whole, draft, field, scope.name, wanted.channel)
            scope = _behind(scope, draft)
    whole = replace(whole, steps=_asking_first(whole.steps))
    if not whole.steps:
        said = tuple(nothing_to_do(scope.name, whole.findings))
        whole = replace(whole, findings=(*whole.findings, *said))
    return whole


def _asking_first(story: Sequence[Step]) -> tuple[Step, ...]:
    """Put what only asks before what changes: a refusal then leaves the cluster as it was."""
    return tuple(sorted(story, key=lambda step: not _asks(step)))


def _asks(step: Step) -> bool:
    return step_module(step.name).asks


def _joined(whole: Draft, draft: Draft, field: str, name: str, channel: str) -> Draft:
    """Put a draft behind others; a finding that they have already is not said again."""
    told = {(finding.code, finding.host, finding.message) for finding in whole.findings}
    new: Iterator[Finding] = (
        of_file(finding, field, name, channel)
        for finding in draft.findings
        if (finding.code, finding.host, finding.message) not in told
    )
    return replace(
        whole,
        steps=(*whole.steps, *draft.steps),
        findings=(*whole.findings, *new),
        reserves=(*whole.reserves, *draft.reserves),
    )


def _creation(wanted: Wanted) -> CreateCluster:
    taints = wanted.taints
    many = len(wanted.control_plane) > 1
    topology = Topology.HA if many else Topology.SINGLE
    if wanted.is_separated and many:
        topology = Topology.SEPARATED  # which gives this taint itself
        rest = {
            host: [one for one in row if one != DEDICATED_TAINT] for host, row in taints.items()
        }
        taints = {host: tuple(row) for host, row in rest.items()}
    return CreateCluster(
        control_plane=wanted.control_plane,
        workers=wanted.workers,
        channel=wanted.channel,
        environment=wanted.environment,
        topology=topology,
        addons=wanted.addons,
        labels=wanted.labels,
        taints=taints,
    )


def _marks(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    """Give the nodes their marks, also those that somebody has taken off since."""
    seen = {} if scope.basis.behind else seen_marks(scope.there)
    yield Draft(tuple(steps.label_nodes(scope.there, _marked(wanted, scope), seen)))


def _marks_of_new(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    yield Draft(tuple(steps.label_nodes(scope.there, _marked(wanted, scope))))


def _marked(wanted: Wanted, scope: Scope) -> list[Node]:
    nodes = [node for host, node in scope.there.nodes.items() if host in wanted.roles]
    return [wanted.marked(node, scope.hosts.get(node.host)) for node in nodes]


def _additions(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    joiners = wanted.new(scope.there, Role.CONTROL_PLANE)
    workers = wanted.new(scope.there, Role.WORKER)
    if joiners or workers:
        yield add_nodes.plan({"control_plane": joiners, "workers": workers}, scope)


def _enabled(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    """Enable what is not recorded, and what somebody has disabled since it was."""
    lost = () if scope.basis.behind else lost_addons(scope.there)
    kept = wanted.agreed(scope.there).difference(map(canonical, lost))
    if enabled := [addon for addon in wanted.addons if canonical(addon) not in kept]:
        yield set_addons.plan({"enable": enabled, "disable": []}, scope)


def _asked(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    """Ask before an upgrade, and the API servers that are there now: those yet to come are mute."""
    for draft in _upgrades(wanted, scope):
        yield Draft(tuple(step for step in draft.steps if _asks(step)))


def _upgraded(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    for draft in _upgrades(wanted, scope):
        yield replace(draft, steps=tuple(step for step in draft.steps if not _asks(step)))


def _upgrades(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    if wanted.behind(scope.there):
        params = {"channel": wanted.channel, "max_unavailable": 1, "drain": True}
        yield upgrade.plan(params, scope)


def _removals(wanted: Wanted, scope: Scope) -> Iterator[Draft]:
    if not wanted.prune:
        return
    strays = () if scope.basis.behind else unwanted_strays(wanted, scope.there)
    if disabled := [*wanted.disabled(scope.there), *map(canonical, strays)]:
        draft = set_addons.plan({"enable": [], "disable": disabled}, scope)
        yield draft
        scope = _behind(scope, draft)
    for host in wanted.gone(scope.there):
        draft = remove_node.plan({"node": host, "force": False}, scope)
        yield draft
        scope = _behind(scope, draft)


def _behind(scope: Scope, draft: Draft) -> Scope:
    """Return what there is once the steps of a draft are done."""
    writes = (write for step in draft.steps for write in step.writes)
    return replace(scope, cluster=after(scope.cluster, writes))


PARTS: tuple[tuple[Callable[[Wanted, Scope], Iterator[Draft]], str], ...] = (
    (_asked, "/params/channel"),
    (_marks, "/params"),
    (_additions, "/params/control_plane"),
    (_marks_of_new, "/params"),
    (_enabled, "/params/addons"),
    (_upgraded, "/params/channel"),
    (_removals, "/params/prune"),  # last: there is no way back from it
)
"""What is done, in this order, and the field of the request that its findings are about."""

KIND = Kind(
    name="apply",
    summary="Bring a cluster to what a file says, in one plan",
    schema=ApplySchema,
    plan=plan,
    needs=Needs.ANY,
    is_final=True,
    example={
        "control_plane": ["n1"],
        "channel": "1.32/stable",
        "environment": "dev",
        "labels": {"n1": {"disk": "ssd"}},
        "addons": ["metrics-server"],
        "prune": True,
    },
    given={"prod": {"control_plane": ["n1"], "workers": ["n2"]}},
)
