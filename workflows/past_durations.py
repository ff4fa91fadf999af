"""How long the last runs of each step took, as the ledger's script has noted it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from cluster.drawing.estimates import in_short, in_words
from workflows.durations import PlanEstimate, estimate, size_of


def estimated(client: redis.Redis, steps: Sequence[Mapping[str, Any]]) -> PlanEstimate:
    """Estimate the steps of a plan, as ``Plan.as_dict`` has them, in one round trip."""
    keys = [_key(step) for step in steps]
    asked = list(dict.fromkeys(keys))
    with client.pipeline(transaction=False) as pipe:
        for key in asked:
            pipe.lrange(key, 0, -1)
        found: list[Any] = pipe.execute() if asked else []
    known = {
        key: estimate([int(text) / 1000 for text in row])
        for key, row in zip(asked, found, strict=True)
    }
    return PlanEstimate(tuple(known[key] for key in keys))


def with_durations(client: redis.Redis, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan, as ``Plan.as_dict`` has it, with how long it and each step may take."""
    found = estimated(client, plan["steps"])
    steps = [
        {**step, "durations": _said(known.as_dict(), in_short) if known else None}
        for step, known in zip(plan["steps"], found.steps, strict=True)
    ]
    return {**plan, "steps": steps, "durations": _said(found.as_dict(), in_words)}


def _said(durations: Mapping[str, Any], words: Callable[[Mapping[str, Any]], str]) -> Any:
    return {**durations, "said": words(durations)}


def _key(step: Mapping[str, Any]) -> str:
    return f"cw:durations:{step['name']}:{size_of(len(step['hosts']))}"
