"""A plan as text: every step with the voters expected after it, and every finding."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.advice import commands
from cli.before_after import drawing
from cli.output import counted, sign
from cli.pasteable import pasteable


def plan_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield the plan, line by line; of one whose hosts are still being asked, the job that does."""
    if "digest" not in plan:
        yield f"the hosts are still being asked: job {plan['id'][:8]} is {plan['status']}"
        yield f"  {pasteable('watch', plan['id'][:8])}"
        return
    steps = plan["steps"]
    yield f"{plan['kind']} {plan['cluster']}: {counted(len(steps), 'step')}"
    width = max((len(step["title"]) for step in steps), default=0)
    times = _times(steps)
    wide = max(map(len, times), default=0) + 2 if any(times) else 0
    for number, (step, time) in enumerate(zip(steps, times, strict=True), start=1):
        yield f"{number:>3}. {step['title']:<{width}}  {time:<{wide}}{_margins(step)}".rstrip()
        if step.get("closes"):
            yield "       runs also after a failure or a cancel"
        yield from _changes(step.get("changes") or {})
    yield from drawing(plan)
    yield from _no_way_back(steps)
    if steps and plan.get("durations"):
        yield plan["durations"]["said"]
    for finding in plan["findings"]:
        where = f"{finding['host']}: " if finding.get("host") else ""
        note = ", acceptable" if finding.get("acceptable") else ""
        severity = finding["severity"]
        yield f"  {sign(severity)} {where}{finding['message']} [{severity} {finding['code']}{note}]"
        if finding.get("advice"):
            yield f"    -> {finding['advice']}"
        for command in commands(finding.get("actions") or ()):
            yield f"       {command}"
    if not plan.get("allowed", True):
        yield "refused as it stands: do what the findings advise"
    yield from _check(plan)
    if (approval := plan.get("approval") or {}).get("within"):
        why = f": {approval['why']}" if approval["why"] else ""
        yield f"it waits for somebody's approval, {approval['within']} h at most{why}"
    yield f"digest {plan['digest']}"


def _changes(changes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what a step changes on each host, hosts together of which the same is said."""
    hosts: dict[tuple[str, ...], list[str]] = {}
    for host, said in changes.items():
        hosts.setdefault(tuple(said), []).append(host)
    for said, names in hosts.items():
        yield f"       {', '.join(names)}"
        yield from (f"         {sentence}" for sentence in said)


def _no_way_back(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say from which step on a job of the plan cannot be rolled back."""
    finals = [number for number, step in enumerate(steps, start=1) if step.get("final")]
    if finals:
        yield (
            f"no way back from step {finals[0]} on: once it has begun, the job cannot be rolled "
            "back"
        )


def _times(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how long each step may take; nothing where no past run tells of any."""
    if not any(step.get("durations") for step in steps):
        return [""] * len(steps)
    return [step["durations"]["said"] if step["durations"] else "no past run" for step in steps]


def _check(plan: Mapping[str, Any]) -> Iterator[str]:
    """Say whether the findings are those of the hosts too."""
    check = plan.get("check")
    if check is None:
        yield "no host was asked: --check asks them" if plan["allowed"] else "no host was asked"
    elif plan["checked"]:
        yield f"the hosts were asked: job {check['job'][:8]}"
    else:
        yield f"the hosts could not be asked: job {check['job'][:8]} is {check['status']}"
        if check["detail"]:
            yield f"  {check['detail']}"


def _margins(step: Mapping[str, Any]) -> str:
    """Return the quorum after a step, and what is left of it meanwhile where a voter is down."""
    after, during = _quorum(step.get("quorum")), step.get("quorum_during")
    if not during or during["voters_alive"] >= during["voters"]:
        return after
    meanwhile = f"meanwhile {during['voters_alive']} of {during['voters']} alive"
    return f"{after}; {meanwhile}" if after else meanwhile


def _quorum(quorum: Mapping[str, Any] | None) -> str:
    if not quorum:
        return ""
    plural = "" if quorum["voters"] == 1 else "s"
    return f"{quorum['voters']} voter{plural}, survives {max(quorum['tolerance'], 0)}"
