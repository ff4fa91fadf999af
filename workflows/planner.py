"""Makes a plan of a change: what every kind has in common, around what its own has to say; pure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cluster.actions import Action
from cluster.findings import Finding, Severity, refusal
from cluster.jumps import BadJump, way
from cluster.spec import Cluster, Host, Phase
from workflows import closing
from workflows.cluster_rules import being_destroyed, not_formed, taken_name
from workflows.host_changes import connection
from workflows.margins import with_margins
from workflows.meanings import wrong_names
from workflows.plan import Change, Draft, Kind, Needs, Plan, Scope, Step
from workflows.step_modules import step_module
from workflows.steps import observe
from workflows.writes import after, founded

NOTHING_THERE = frozenset(
    {"no-such-cluster", "cluster-not-formed", "cluster-destroying", "no-such-node"}
)
"""Findings with which a kind has nothing to plan on."""


def normalised(kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked params as the kind's schema dumps them, with what was left out.

    Raises ``ValidationError``.
    """
    schema = kind.form
    dumped: dict[str, Any] = schema.dump(schema.load(params))
    return dumped


def planned(kind: Kind, change: Change, scope: Scope) -> Plan:
    """Return the plan of a change; what refuses it is among its findings."""
    findings = tuple(_presence(kind, scope))
    if not NOTHING_THERE.intersection(finding.code for finding in findings):
        findings += tuple(wrong_names(kind.form, change.params, scope))
    draft = Draft()
    if not NOTHING_THERE.intersection(finding.code for finding in findings):
        draft = kind.plan(kind.form.load(change.params), scope)
    steps = draft.steps
    if draft.looks_first and scope.cluster is not None:
        steps = (observe(scope.cluster), *steps)
    _check(steps)
    findings += draft.findings
    steps, margins = with_margins(steps, scope, {finding.code for finding in findings})
    seen = scope.cluster.observation if scope.cluster else None
    plan = Plan(
        kind=change.kind,
        cluster=change.cluster,
        steps=steps,
        findings=(*findings, *margins, *_behind(scope)),
        basis=scope.basis,
        founds=draft.founds,
        reserves=draft.reserves,
        before=scope.cluster,
        leaves=_leaves(draft, scope),
        quorum_before=seen.quorum if seen else None,
    )
    return replace(plan, connections=_connections(plan, scope.hosts))


def _check(steps: Sequence[Step]) -> None:
    """Raise ``ValueError`` where a step would be called with what it does not take: a defect."""
    for place, step in enumerate(steps):
        missing = set(step.needs) - {earlier.name for earlier in steps[:place]}
        faults = [f"no earlier step is {name}, which it needs" for name in sorted(missing)]
        faults += step_module(step.name).faults({*step.args, *step.needs})
        if faults:
            raise ValueError(f"cannot plan step {step.title!r}: {'; '.join(faults)}")
    if wrong := list(closing.faults(steps)):
        raise ValueError(f"cannot plan steps that take others back: {'; '.join(wrong)}")


def _leaves(draft: Draft, scope: Scope) -> Cluster | None:
    """Return the cluster as the steps of a change leave it."""
    begun = founded(scope.name, draft.founds) if draft.founds else scope.cluster
    return after(begun, (write for step in draft.steps for write in step.writes))


def _presence(kind: Kind, scope: Scope) -> Iterator[Finding]:
    """A kind that needs a cluster where there is none, or the other way round."""
    if kind.needs is Needs.NEW and scope.cluster is not None:
        yield taken_name(scope.cluster, scope)
    if kind.needs is not Needs.EXISTING:
        return
    if scope.destroyed_by and not (kind.fits_remains and scope.cluster):
        yield being_destroyed(scope)
    elif scope.cluster is None:
        yield refusal(
            "no-such-cluster",
            f"there is no cluster {scope.name}, and {kind.name} needs one",
            "correct the name, or create the cluster first",
            actions=(
                Action.LIST_CLUSTERS.of(),
                Action.PLAN_CHANGE.of(kind="create-cluster", cluster=scope.name),
            ),
            field="/cluster",
        )
    elif scope.cluster.phase is Phase.FORMING:
        yield not_formed(scope.cluster)


def _behind(scope: Scope) -> Iterator[Finding]:
    """Say that a plan rests on what other jobs have yet to do."""
    behind = scope.basis.behind
    if behind:
        come = "job comes" if len(behind) == 1 else "jobs come"
        yield Finding(
            "planned-behind",
            Severity.INFO,
            f"{len(behind)} {come} before on cluster {scope.name} "
            f"({', '.join(behind[:3])}{' and others' if len(behind) > 3 else ''}): this plan "
            "rests on what they are to leave, and is made anew when its turn comes",
            "",
        )


def _connections(plan: Plan, hosts: Mapping[str, Host]) -> dict[str, dict[str, Any]]:
    """Return how the hosts of a plan are reached; of one that is not known its findings tell."""
    names = set(plan.reserves).union(*(step.hosts for step in plan.steps))
    names.update(host for step in plan.steps if step.guard for host in step.guard.control_plane)
    jumps = {host.name: host.jump for host in hosts.values() if host.jump}
    for name in tuple(names):
        with suppress(BadJump):  # a finding of the plan, too
            names.update(way(name, jumps))
    return {name: connection(hosts[name]) for name in sorted(names & hosts.keys())}
