"""A plan as text: every step with the voters expected after it, and every finding."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.advice import commands
from cli.output import counted, sign


def plan_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield the plan, line by line."""
    steps = plan["steps"]
    yield f"{plan['kind']} {plan['cluster']}: {counted(len(steps), 'step')}"
    width = max((len(step["title"]) for step in steps), default=0)
    for number, step in enumerate(steps, start=1):
        yield f"{number:>3}. {step['title']:<{width}}  {_quorum(step.get('quorum'))}".rstrip()
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
    yield f"digest {plan['digest']}"


def _quorum(quorum: Mapping[str, Any] | None) -> str:
    if not quorum:
        return ""
    plural = "" if quorum["voters"] == 1 else "s"
    return f"{quorum['voters']} voter{plural}, survives {max(quorum['tolerance'], 0)}"
