"""Who may send events, and the rules by which these lead to changes; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.spec import Environment
from workflows.access import Grant
from workflows.chat.people import Bounds, Person
from workflows.hooks.rules.expressions import Expression
from workflows.hooks.rules.templates import Text
from workflows.hours import Hours
from workflows.kinds import permission_of


@dataclass(frozen=True, slots=True)
class Sender:
    """Who may send events, and all that these may ask for."""

    name: str
    """The last part of the address that it posts to."""
    kind: str
    """Which sort of sender: ``jira``, ``alertmanager``."""
    clusters: str
    """A pattern of names, as shells have them: ``test-*``."""
    environments: frozenset[Environment]
    kinds: frozenset[str]
    approve_within: int = 0
    """Hours in which somebody has to approve whatever it asks for; 0 where nobody has to."""
    people: Mapping[str, Person] | None = None
    """Who writes in it, by the chat's own name for them; ``None`` where it takes no commands."""

    @property
    def bounds(self) -> Bounds:
        """What may be asked for by it at most, whoever asks."""
        return Bounds(self.name, self.clusters, self.environments, self.kinds)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """What ``submit`` lets it do: environments are asked there, where they are known."""
        needed = sorted({permission_of(kind) for kind in self.kinds})
        return tuple(Grant(one, self.clusters, self.environments) for one in needed)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "clusters": self.clusters,
            "environments": sorted(map(str, self.environments)),
            "kinds": sorted(self.kinds),
            "approve_within": self.approve_within,
            "people": _rows(self.people),
        }


def _rows(people: Mapping[str, Person] | None) -> list[dict[str, Any]] | None:
    if people is None:
        return None
    return [{"identity": identity} | person.as_dict() for identity, person in people.items()]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The change of a rule, with holes that an event fills."""

    kind: str
    cluster: Any
    """A name, or a hole."""
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: Text = field(default_factory=Text)
    on_failure: str = "stop"
    accept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Which events of one source lead to which change."""

    name: str
    source: str
    change: Wanted
    match: Expression | None = None
    """True of the events that it fits."""
    types: tuple[str, ...] = ()
    """Types of events, or patterns of them; without any, every type."""
    default_cluster: str = ""
    default_params: Mapping[str, Any] = field(default_factory=dict)
    """Both are taken where the event says nothing."""
    approve_within: int = 0
    cool_down: int = 0
    """Seconds within which it makes one job of the same change."""
    during: Hours | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "source": self.source,
            "kind": self.change.kind,
            "types": list(self.types),
            "match": self.match.text if self.match else None,
            "approve_within": self.approve_within,
            "cool_down": self.cool_down,
            "during": str(self.during) if self.during else None,
        }


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole rule file; an empty one lets nobody send anything."""

    senders: Mapping[str, Sender] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def approval(self, rule: Rule) -> int:
        """Return the hours for an approval: the shorter time of the rule's and its source's."""
        sender = self.senders[rule.source]
        return min(filter(None, (rule.approve_within, sender.approve_within)), default=0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "sources": [sender.as_dict() for sender in self.senders.values()],
            "rules": [
                rule.as_dict() | {"approve_within": self.approval(rule)} for rule in self.rules
            ],
        }
