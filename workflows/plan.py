"""A change's plan: ordered steps, findings, and the quorum expected after each step."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from marshmallow import Schema

from cluster.findings import Finding, Severity
from cluster.meanings import ClusterName, Named, NewClusterName
from cluster.quorum import Operation, Quorum
from cluster.spec import Cluster, Environment, Host, Node
from workflows.access import Permission
from workflows.outlines import difference, outline_of, work_of
from workflows.retry import Retry
from workflows.step_modules import Undo, step_module
from workflows.writes import SetNode, Write

PATIENCE_SECONDS = 600.0
MOST_IN_A_SENTENCE = 10
"""Findings that a refusal tells in words; all of them are data."""


class Lock(StrEnum):
    """Whether a kind of change has its cluster for itself."""

    EXCLUSIVE = "exclusive"  # one after the other
    SHARED = "shared"  # beside others that share it; those that want it for themselves wait
    NONE = "none"  # it changes nothing, and waits for nobody


class Needs(StrEnum):
    """Whether a kind of change needs its cluster to be there."""

    NEW = "new"
    EXISTING = "existing"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Guard:
    """What the quorum guard checks before a step, and before its undo, from a fresh look.

    It is asked in the plan too. A step that stops members has them up again when it is done.
    """

    operation: Operation
    hosts: tuple[str, ...]
    control_plane: tuple[str, ...]
    """The control plane nodes that should be members before the step."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan rests on; equal bases and equal params give equal plans."""

    revision: int = 0
    """Of the cluster's record once the jobs before are done; 0 for one that never was."""
    observed: float | None = None
    """When the cluster was seen that the plan rests on, as Unix time; ``None``: it was not."""
    behind: tuple[str, ...] = ()
    """The unfinished jobs of the cluster that come before."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "observed": self.observed,
            "behind": list(self.behind),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of a plan: one module in ``deploy_scripts`` and its arguments."""

    name: str
    title: str
    hosts: tuple[str, ...]
    args: Mapping[str, Any]
    quorum: Quorum | None = None
    """What dqlite should have settled on after the step; ``None`` before there is a cluster."""
    quorum_during: Quorum | None = None
    """The narrowest margin while it changes members, from what was seen; the planner adds it."""
    guard: Guard | None = None
    retry: Retry = field(default_factory=Retry)
    writes: tuple[Write, ...] = ()
    """What is true of the cluster's record once the step is done."""
    needs: tuple[str, ...] = ()
    """Earlier steps of the plan whose outputs it is given, each as the argument of its name."""
    patience: float = PATIENCE_SECONDS
    """Seconds for which an attempt may wait for what is not there yet, until a host is done."""
    closes: str = ""
    """The earlier step that it takes back: once that has begun, it runs also where the job stops
    before it, and the job rests afterwards."""

    @property
    def is_final(self) -> bool:
        """Whether there is no way back once it has begun."""
        return step_module(self.name).undo is Undo.CANNOT

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "hosts": list(self.hosts),
            "args": dict(self.args),  # by far the largest part, so it is not copied any deeper
            "quorum": self.quorum.as_dict() if self.quorum else None,
            "quorum_during": self.quorum_during.as_dict() if self.quorum_during else None,
            "guard": asdict(self.guard) if self.guard else None,
            "retry": asdict(self.retry),
            "writes": [write.as_dict() for write in self.writes],
            "needs": list(self.needs),
            "final": self.is_final,
            "patience": self.patience,
            "closes": self.closes or None,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole story of a change, before anything happens."""

    kind: str
    cluster: str
    """The name of the cluster that it is about."""
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] = ()
    basis: Basis = field(default_factory=Basis)
    founds: Environment | None = None
    """What the cluster is for whose record the change makes; ``None`` if it makes none."""
    reserves: tuple[str, ...] = ()
    """Hosts that the change takes for the cluster."""
    before: Cluster | None = None
    """The cluster that it changes, as the jobs before leave it; ``None`` if there is none."""
    leaves: Cluster | None = None
    """The cluster as it is to be afterwards; ``None`` if there is to be none."""
    quorum_before: Quorum | None = None
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """How each host that the plan touches, or goes through, is reached."""

    @property
    def coming(self) -> dict[str, Node]:
        """What the hosts that it takes are to become."""
        nodes = (
            write.node for step in self.steps for write in step.writes if isinstance(write, SetNode)
        )
        return {node.host: node for node in nodes if node.host in self.reserves}

    @property
    def digest(self) -> str:
        """A fingerprint of everything that would happen and where, to plan first and post later."""
        story = {
            "kind": self.kind,
            "revision": self.basis.revision,
            "steps": [work_of(step.as_dict()) for step in self.steps],
            "connections": self.connections,
        }
        text = json.dumps(story, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    @property
    def outline(self) -> dict[str, str]:
        """The title of each step, by what stands for all that it does."""
        return outline_of(step.as_dict() for step in self.steps)

    def difference(self, theirs: Mapping[str, str]) -> tuple[str, ...]:
        """Return in sentences how this plan differs from another, by the outline of that."""
        return difference(self.outline, theirs)

    def with_findings(self, *findings: Finding) -> "Plan":
        """Return the plan with more to say."""
        return replace(self, findings=(*self.findings, *findings))

    def refusals(self, accepted: frozenset[str]) -> tuple[Finding, ...]:
        """Return the findings that keep the change from being carried out."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is Severity.REFUSE
            and not (finding.acceptable and finding.code in accepted)
        )

    def as_dict(self) -> dict[str, Any]:
        last = self.steps[-1].quorum if self.steps else None
        return {
            "kind": self.kind,
            "cluster": self.cluster,
            "digest": self.digest,
            "basis": self.basis.as_dict(),
            "steps": [step.as_dict() for step in self.steps],
            "findings": [finding.as_dict() for finding in self.findings],
            "quorum_before": self.quorum_before.as_dict() if self.quorum_before else None,
            "quorum_after": last.as_dict() if last else None,
        }


@dataclass(frozen=True, slots=True)
class Reservation:
    """A job's claim to a host for a cluster."""

    job: str
    status: str
    is_over: bool
    """Whether the job never goes on, so that another of the same cluster may have the host."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What planning may look at: the inventory, and the cluster if it exists."""

    name: str
    cluster: Cluster | None
    """As the jobs before leave it."""
    hosts: Mapping[str, Host]
    record: Cluster | None = None
    """The cluster as it is now."""
    jobs: Mapping[str, str] = field(default_factory=dict)
    """The job that is at work on a cluster, for each cluster that has one."""
    basis: Basis = field(default_factory=Basis)
    revision: int = 0
    """Of the cluster's record as it is now."""
    reservations: Mapping[str, Reservation] = field(default_factory=dict)
    """Those of hosts that a job has reserved and no node owns."""
    destroyed_by: str = ""
    """The job that takes the cluster apart, or began to and rests; empty if none does."""
    remains: tuple[str, ...] = ()
    """Hosts of nodes that it has taken out, and that it still holds."""
    unserved: frozenset[str] = frozenset()
    """Sites of the hosts at which no Celery worker lives."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The host at each address of the inventory; read only for changes that give addresses away."""
    lent: Mapping[str, str] = field(default_factory=dict)
    """The ranges that MetalLB of each other cluster gives away; read only for such changes."""
    now: float = 0.0
    """When all this was read, as Unix time; what has an age is judged by it."""

    @property
    def there(self) -> Cluster:
        """The cluster, for kinds that need one: the planner refuses them before where it is not."""
        if self.cluster is None:
            raise ValueError(f"cannot plan on cluster {self.name}: there is none")
        return self.cluster


@dataclass(frozen=True, slots=True)
class Draft:
    """What a kind has to say of a change; the planner makes the plan of it."""

    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    founds: Environment | None = None
    reserves: tuple[str, ...] = ()
    looks_first: bool = True
    """Whether the job begins with a look at the cluster, where there is one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for: one modification of one cluster."""

    cluster: str
    kind: str
    params: Mapping[str, Any]
    """As the kind's schema dumps them, so that equal changes have equal params."""
    accept: frozenset[str] = frozenset()
    on_failure: str = "stop"
    reason: str = ""
    approve_within: int = 0
    """Hours in which somebody has to approve it before it begins; 0 where nobody has to."""

    @property
    def digest(self) -> str:
        """Equal for changes that ask for the same thing."""
        story = {"cluster": self.cluster, "kind": self.kind, "params": self.params}
        text = json.dumps(story | {"on_failure": self.on_failure}, sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def _form(schema: type[Schema]) -> Schema:
    return schema()


@dataclass(frozen=True, slots=True)
class Milder:
    """Params with which a kind of change needs less of whoever asks for it."""

    field: str
    values: tuple[str, ...]
    """What the field says then; whatever else it says needs all that the kind needs."""
    permission: Permission

    def fits(self, params: Mapping[str, Any]) -> bool:
        return params.get(self.field) in self.values

    def as_dict(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "values": list(self.values),
            "permission": str(self.permission),
        }


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of change; its module in ``workflows/kinds`` is its only home."""

    name: str
    summary: str
    schema: type[Schema]
    plan: Callable[[Any, Scope], Draft]
    """Of the params as the schema loads them, and what there is; pure."""
    example: Mapping[str, Any]
    needs: Needs = Needs.EXISTING
    lock: Lock = Lock.EXCLUSIVE
    is_final: bool = False
    """Whether there is no way back from some of what it does."""
    fits_remains: bool = False
    """Whether it makes sense for a cluster that a job began to destroy."""
    permission: Permission = Permission.CHANGE
    """What somebody needs who asks for it."""
    milder: Milder | None = None
    """With which params less is enough; ``None`` where all of them need the same."""
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The clusters that the example starts from, as params of ``create-cluster`` by name."""
    dead: tuple[str, ...] = ()
    """Hosts of those clusters that are dead as the example begins."""
    follows: tuple[str, ...] = ()
    """Kinds whose examples were carried out before, on those clusters."""
    is_forgotten: bool = False
    """Whether nothing is recorded any more of those clusters as the example begins."""

    @property
    def form(self) -> Schema:
        """The schema as an object: one for all requests, as making it costs more than its use."""
        return _form(self.schema)

    @property
    def cluster_field(self) -> Named:
        """What the name of the cluster means that a request is about."""
        return NewClusterName() if self.needs is Needs.NEW else ClusterName()


class Refused(Exception):
    """Planning says no: nothing has happened, and every reason is a finding.

    ``job`` is the job that is in the way, if one is.
    """

    def __init__(
        self, change: Change, findings: tuple[Finding, ...], job: str | None = None
    ) -> None:
        self.change, self.findings, self.job = change, findings, job
        count = len(findings)
        super().__init__(
            f"cannot {change.kind} {change.cluster}: "
            f"{count} finding{'s' if count > 1 else ''} refuse{'' if count > 1 else 's'} it: "
            + "; ".join(finding.message for finding in findings[:MOST_IN_A_SENTENCE])
            + (f"; and {count - MOST_IN_A_SENTENCE} more" if count > MOST_IN_A_SENTENCE else "")
        )
