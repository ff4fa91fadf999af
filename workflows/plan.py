"""A change's plan: ordered steps, findings, and the quorum expected after each step."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import Schema

from cluster.findings import Finding, Severity
from cluster.quorum import Operation, Quorum
from cluster.spec import Cluster, Host
from workflows.retry import Retry

MOST_IN_A_SENTENCE = 10
"""Findings that a refusal tells in words; all of them are data."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What the quorum guard checks right before a step, from a fresh observation."""

    operation: Operation
    host: str
    control_plane: tuple[str, ...]
    """The control plane nodes that should be members before the step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of a plan: one module in ``deploy_scripts`` and its arguments."""

    name: str
    title: str
    hosts: tuple[str, ...]
    args: Mapping[str, Any]
    quorum: Quorum | None = None
    """What dqlite should have settled on after the step; ``None`` before there is a cluster."""
    guard: Guard | None = None
    retry: Retry = field(default_factory=Retry)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "hosts": list(self.hosts),
            "args": dict(self.args),  # by far the largest part, so it is not copied any deeper
            "quorum": self.quorum.as_dict() if self.quorum else None,
            "guard": asdict(self.guard) if self.guard else None,
            "retry": asdict(self.retry),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole story of a change, before anything happens."""

    kind: str
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    cluster: Cluster
    """The cluster as it is meant to be afterwards."""
    reserves: tuple[str, ...] = ()
    """Hosts that the change takes for the cluster."""
    quorum_before: Quorum | None = None
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """How each host that the plan touches, or goes through, is reached."""

    @property
    def digest(self) -> str:
        """A fingerprint of everything that would happen and where, to plan first and post later."""
        story = {
            "kind": self.kind,
            "steps": [step.as_dict() for step in self.steps],
            "connections": self.connections,
        }
        text = json.dumps(story, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

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
            "cluster": self.cluster.name,
            "digest": self.digest,
            "steps": [step.as_dict() for step in self.steps],
            "findings": [finding.as_dict() for finding in self.findings],
            "quorum_before": self.quorum_before.as_dict() if self.quorum_before else None,
            "quorum_after": last.as_dict() if last else None,
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """What planning may look at: the inventory, and the cluster if it exists."""

    name: str
    cluster: Cluster | None
    hosts: Mapping[str, Host]
    jobs: Mapping[str, str] = field(default_factory=dict)
    """The job that is at work on a cluster, for each cluster that has one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for: one modification of one cluster."""

    cluster: str
    kind: str
    params: Mapping[str, Any]
    """Validated by the kind's schema, in its JSON form."""
    accept: frozenset[str] = frozenset()
    on_failure: str = "stop"
    reason: str = ""

    @property
    def digest(self) -> str:
        """Equal for changes that ask for the same thing."""
        said = {"cluster": self.cluster, "kind": self.kind, "params": self.params}
        text = json.dumps(said | {"on_failure": self.on_failure}, sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of change; its module in ``workflows/kinds`` is its only home."""

    name: str
    summary: str
    schema: type[Schema]
    plan: Callable[[Change, Scope], Plan]
    example: Mapping[str, Any]


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
