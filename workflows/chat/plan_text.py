"""What a plan would do, as a chat tells it: each step with its hosts and the voters; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cluster.printable import short
from workflows.chat.answers import SHORT_DIGEST

MOST_STEPS, MOST_HOSTS, MOST_FINDINGS = 25, 5, 8


def plan_text(plan: Mapping[str, Any], refusing: Sequence[str] = ()) -> str:
    """Return a plan, as ``Plan.as_dict`` tells it, in lines; ``refusing`` are why it cannot be."""
    return "\n".join(_lines(plan, refusing))


def _lines(plan: Mapping[str, Any], refusing: Sequence[str]) -> Iterator[str]:
    steps = plan["steps"]
    count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
    yield f"plan of {plan['kind']} {plan['cluster']}: {count}, digest {short_digest(plan)}"
    if before := plan.get("quorum_before"):
        yield f"now: {_voters(before)}"
    finals = [number for number, step in enumerate(steps, start=1) if step.get("final")]
    if finals:
        yield f"no way back from step {finals[0]} on"
    if steps and (durations := plan.get("durations")):
        yield durations["said"]
    for number, step in enumerate(steps[:MOST_STEPS], start=1):
        yield f"{number}. {step['title']}{_on(step)}{_quorum(step)}"
    if len(steps) > MOST_STEPS:
        yield f"and {len(steps) - MOST_STEPS} more steps"
    for message in refusing[:MOST_FINDINGS]:
        yield f"! refused: {short(message)}"
    others = [row["message"] for row in plan["findings"] if row["message"] not in refusing]
    yield from (f"! {short(message)}" for message in others[:MOST_FINDINGS])


def short_digest(plan: Mapping[str, Any]) -> str:
    """Return the beginning of a plan's digest, which is enough to approve it by."""
    return str(plan["digest"]).removeprefix("sha256:")[:SHORT_DIGEST]


def _on(step: Mapping[str, Any]) -> str:
    """Return the hosts of a step that its title does not name."""
    named = set(step["title"].replace(",", " ").split())
    hosts = [host for host in step["hosts"] if host not in named]
    if not hosts:
        return ""
    more = f" and {len(hosts) - MOST_HOSTS} more" if len(hosts) > MOST_HOSTS else ""
    return f" ({', '.join(hosts[:MOST_HOSTS])}{more})"


def _quorum(step: Mapping[str, Any]) -> str:
    """Return the voters during a step and afterwards; once, where they are the same."""
    told = [_voters(one) for one in (step.get("quorum_during"), step.get("quorum")) if one]
    if len(told) == 2 and told[0] != told[1]:
        return f": {told[0]} during it, {told[1]} afterwards"
    return f": {told[-1]}" if told else ""


def _voters(quorum: Mapping[str, Any]) -> str:
    alive, voters = quorum["voters_alive"], quorum["voters"]
    return f"{alive} of {voters} voters ({quorum['majority']} needed)"
