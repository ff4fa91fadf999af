"""The report of a drill as Markdown, for tickets and people; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.drills import KILL, STOP
from workflows.evidence.cells import plain, row, seconds

SAYS_HOW = {STOP: "a stop in order", KILL: "SIGKILL of kubelite and the datastore"}
NOT_SEEN = "not seen"


def markdown(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown (CommonMark with tables)."""
    sections = [
        [f"# Drill of {plain(report['job']['cluster'])}: {verdict(report)}"],
        _facts(report),
        _moments(report),
        _criteria(report),
        _observers(report),
        _log(report),
        _roles(report),
    ]
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def verdict(report: Mapping[str, Any]) -> str:
    """Return in a word or two how the drill ended."""
    if report["passed"] is None:
        return f"no verdict ({report['job']['status']})"
    return "passed" if report["passed"] else "not passed"


def _facts(report: Mapping[str, Any]) -> Iterator[str]:
    job, asked = report["job"], report["asked"]
    yield row("What", "")
    yield row("---", "---", is_rule=True)
    yield row("Job", job["id"])
    yield row("Asked for by", f"{asked['by'] or 'nobody who signed in'}, {asked['time']}")
    if job["reason"]:
        yield row("Reason", job["reason"])
    yield row("Node that was stopped", report["host"] or "none")
    yield row("As", report["target"] or "-")
    yield row("By", SAYS_HOW.get(report["how"] or STOP, "-"))
    yield row("Watched for", seconds(report["seconds"]))
    if pods := report["pods"]:
        yield row("Pods on it before", pods["on_node"])


def _moments(report: Mapping[str, Any]) -> Iterator[str]:
    yield "## Moments"
    yield ""
    yield row("Moment", "After T0")
    yield row("---", "---", is_rule=True)
    for each in report["moments"]:
        told = each["seconds"]
        yield row(plain(each["says"]), NOT_SEEN if told is None else seconds(told), is_rule=True)


def _criteria(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["criteria"]:
        return
    yield "## Verdict"
    yield ""
    yield row("Criterion", "Met", "What was seen")
    yield row("---", "---", "---", is_rule=True)
    for each in report["criteria"]:
        yield row(each["name"], "yes" if each["is_met"] else "no", each["says"])


def _observers(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["observers"]:
        return
    yield "## Writes through the other control plane nodes"
    yield ""
    yield row("Node", "Probes", "Failed", "First failure", "Last failure", "Longest silence")
    yield row(*["---"] * 6, is_rule=True)
    for each in report["observers"]:
        times = (each[name] for name in ("first_failure", "last_failure", "longest_silence"))
        numbers = (each["probes"], each["failed"], *map(seconds, times))
        yield row(plain(each["host"]), *numbers, is_rule=True)


def _log(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["log"]:
        return
    yield "## Probe log"
    yield ""
    yield row("From", "To", "Probes", "Silent")
    yield row(*["---"] * 4, is_rule=True)
    for each in report["log"]:
        silent = plain(", ".join(each["silent"]) or "none")
        begins, ends = seconds(each["begins"]), seconds(each["ends"])
        yield row(begins, ends, each["probes"], silent, is_rule=True)


def _roles(report: Mapping[str, Any]) -> Iterator[str]:
    before, after = report["before"], report["after"]
    if before is None:
        return
    now = after["roles"] if after else {}
    yield "## Members of the datastore"
    yield ""
    yield row("Member", "Before", "After")
    yield row("---", "---", "---", is_rule=True)
    for name in sorted({*before["roles"], *now}):
        yield row(name, _role(before, name), _role(after, name) if after else NOT_SEEN)


def _role(told: Mapping[str, Any], name: str) -> str:
    leads = ", leads" if told["leader"] == name else ""
    return f"{told['roles'].get(name, 'no member')}{leads}"
