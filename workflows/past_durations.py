"""How long the last runs of each step took, as the ledger's script has noted it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis

from clusterwright.estimates import in_short, in_words
from workflows.duration_draws import Past, Run
from workflows.durations import PlanEstimate, chosen, size_of


def past_runs(
    client: redis.Redis, cluster: str, steps: Sequence[tuple[str, int]]
) -> tuple[Past | None, ...]:
    """Read what the steps of a plan for a cluster are estimated by, in one round trip.

    ``steps`` are the name and the number of hosts of each; ``None`` is one that never ran on so
    many.
    """
    names = [f"{name}:{size_of(hosts)}" for name, hosts in steps]
    asked = list(dict.fromkeys(names))
    if not asked:
        return ()
    with client.pipeline(transaction=False) as pipe:
        pipe.hmget(f"cw:durations-of:{cluster}", asked)
        for name in asked:
            pipe.lrange(f"cw:durations:{name}", 0, -1)
        found: list[Any] = pipe.execute()
    own, *of_all = found
    known = {
        name: chosen(
            Past(tuple(map(_run, (mine or "").split())), is_of_cluster=True),
            Past(tuple(map(_run, rows))),
        )
        for name, mine, rows in zip(asked, own, of_all, strict=True)
    }
    return tuple(known[name] for name in names)


def _run(text: str) -> Run:
    milliseconds, _, job = text.partition(":")
    return Run(int(milliseconds) / 1000, job)


def with_durations(client: redis.Redis, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan, as ``Plan.as_dict`` has it, with how long it and each step may take."""
    rows = [(step["name"], len(step["hosts"])) for step in plan["steps"]]
    found = PlanEstimate.of(past_runs(client, plan["cluster"], rows))
    steps = [
        {**step, "durations": _said(known.as_dict(), in_short) if known else None}
        for step, known in zip(plan["steps"], found.steps, strict=True)
    ]
    return {**plan, "steps": steps, "durations": _said(found.as_dict(), in_words)}


def _said(durations: Mapping[str, Any], words: Callable[[Mapping[str, Any]], str]) -> Any:
    return {**durations, "said": words(durations)}
