"""What plans were that somebody was shown, so that a later post is told what differs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import redis

from workflows.ledger.kept import as_json

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """What is kept of a plan."""

    revision: int
    """Of the cluster's record that it rested on."""
    outline: Mapping[str, str]
    """As ``Plan.outline`` has it."""


def remember(client: redis.Redis, digest: str, plan: ShownPlan) -> None:
    """Keep for a day what somebody was shown under a digest."""
    client.set(f"cw:plan:{digest}", as_json(asdict(plan)), ex=KEPT_SECONDS)


def recall(client: redis.Redis, digest: str) -> ShownPlan | None:
    """Return what somebody was shown under a digest; ``None`` if it is not known any more."""
    text: Any = client.get(f"cw:plan:{digest}")
    return ShownPlan(**json.loads(text)) if text else None
