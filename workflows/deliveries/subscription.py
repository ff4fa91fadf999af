"""Who wants to be told of what: subscriptions and deliveries as values; pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

EVENTS = ("job.*",)
"""What is told where nobody says which events."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which events a receiver is told of. An empty list limits nothing."""

    clusters: str = "*"
    """A pattern of names, as shells have them."""
    kinds: tuple[str, ...] = ()
    events: tuple[str, ...] = EVENTS
    """Patterns of types: ``job.*``, ``job.succeeded``, ``cluster.free``."""
    statuses: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    source: str = ""
    """Only jobs that this sender of events has asked for."""
    job: str = ""
    """Only this job."""
    once: bool = False
    """Whether the first event is the last one."""

    def as_dict(self) -> dict[str, Any]:
        found = asdict(self)
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in found.items()
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Wish":
        lists = {
            key: tuple(value) for key, value in row.items() if isinstance(value, (list, tuple))
        }
        return cls(**{**row, **lists})


@dataclass(frozen=True, slots=True)
class Subscription:
    """One receiver and what it is told of; its address and secrets stand in a file."""

    name: str
    notifier: str
    """The name of its kind: ``webhook``."""
    host: str
    """Of its address, which may carry secrets itself."""
    wish: Wish = field(default_factory=Wish)
    settings: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    """The id of the token that asked for it."""

    def as_json(self) -> str:
        """Return what Redis keeps of it, without its name."""
        row = {
            "notifier": self.notifier,
            "host": self.host,
            "wish": self.wish.as_dict(),
            "settings": dict(self.settings),
            "by": self.by,
        }
        return json.dumps(row)

    @classmethod
    def from_json(cls, name: str, text: str) -> "Subscription":
        row = json.loads(text)
        wish = Wish.from_dict(row.pop("wish"))
        return cls(name=name, wish=wish, **row)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription fares; times are Unix time in seconds."""

    created: float
    disabled: str = ""
    """Why it is told nothing any more; empty while it is."""
    is_spent: bool = False
    """Whether it was for one event, and that has come."""
    waiting: int = 0
    """Deliveries that are still to arrive."""
    dead: int = 0
    """Deliveries that were given up."""
    dropped: int = 0
    """Events that were not kept for it, since too many wait."""
    last_done: float | None = None
    last_error: str = ""

    @property
    def state(self) -> str:
        """Return ``on``, ``disabled``, or ``spent`` where its one event has come."""
        return "disabled" if self.disabled else "spent" if self.is_spent else "on"


class DeliveryState(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one receiver; times are Unix time in seconds."""

    id: str
    """The same over all its attempts: receivers know by it what they have had."""
    subscription: str
    job: str
    seq: int
    type: str
    at: float
    state: DeliveryState
    attempts: int
    created: float
    due: float | None = None
    """When it is tried next; ``None`` behind another of the same job, and once it has ended."""
    ended: float | None = None
    error: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "Delivery":
        """Return the delivery that stands in these fields of Redis."""
        return cls(
            id=row["id"],
            subscription=row["subscription"],
            job=row["job"],
            seq=int(row["seq"]),
            type=row["type"],
            at=int(row["at"]) / 1000,
            state=DeliveryState(row["state"]),
            attempts=int(row["attempts"]),
            created=int(row["created"]) / 1000,
            due=moment(row.get("due")),
            ended=moment(row.get("ended")),
            error=row.get("error", ""),
        )


def moment(text: str | None) -> float | None:
    """Return seconds of what Redis keeps in milliseconds."""
    return int(text) / 1000 if text else None
