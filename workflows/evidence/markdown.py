"""A bundle of evidence as Markdown, for tickets and people; pure.

Whatever hosts and people have said stands there as it is read: no sign of theirs makes a heading, a
link, a row of a table or the end of a block.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cluster.printable import short
from workflows.evidence.cells import code, fence, plain, row, seconds

LONGEST_LOG = 400
"""Lines of the log that are shown, the newest; the JSON document has all."""
LONGEST_DATA = 300
ALIVE = "{voters_alive} of {voters} voters alive, survives the loss of {tolerance}"


def markdown(bundle: Mapping[str, Any], *, most_lines: int = LONGEST_LOG) -> str:
    """Return the bundle as Markdown (CommonMark with tables), which names the bundle's digest."""
    job, end = bundle["job"], bundle["end"]
    sections = [
        [f"# {plain(job['kind'])} of {plain(job['cluster'])}: {plain(end['status'])}"],
        _facts(bundle),
        _plan(bundle["plan"]),
        _quorum(bundle["quorum"]),
        _steps(bundle["steps"]),
        _failure(end["error"]),
        _log(bundle["log"], most_lines),
        ["## Digest", "", f"{code(bundle['digest'])} of the JSON document, without `digest`."],
    ]
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def facts(bundle: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield who asked, who agreed, what was accepted, and how it ended, as names and texts."""
    job, asked, approval = bundle["job"], bundle["asked"], bundle["approval"]
    yield "Job", str(job["id"])
    yield "Asked for by", _who(asked)
    reference = asked["reference"]
    if reference:
        link = f" {reference['url']}" if reference.get("url") else ""
        yield "Ticket", f"{reference['subject']} ({reference['source']}){link}"
    if job["reason"]:
        yield "Reason", str(job["reason"])
    yield "Approved by", _approved(approval)
    accepted = [each["code"] for each in bundle["accepted"]]
    yield "Accepted findings", ", ".join(accepted) or "none"
    yield "Plan", str(bundle["plan"]["digest"])
    end = bundle["end"]
    yield "Started", end["started_time"] or "never"
    yield "Ended", end["finished_time"] or "not yet"
    yield "Time at work", seconds(end["seconds"])
    if end["without"]:
        yield "Without", ", ".join(end["without"])


def _who(asked: Mapping[str, Any]) -> str:
    via = f", by {asked['via']}" if asked["via"] else ""
    name = f" ({asked['by_name']})" if asked["by_name"] else ""
    return f"{asked['by'] or 'nobody who signed in'}{name}{via}, {asked['time']}"


def _approved(approval: Mapping[str, Any]) -> str:
    if approval["time"]:
        alone = ", who had asked for it" if approval["alone"] else ""
        return f"{approval['by'] or 'somebody'}{alone}, {approval['time']}"
    return "nobody yet" if approval["within_hours"] else "nobody had to"


def _facts(bundle: Mapping[str, Any]) -> Iterator[str]:
    yield row("What", "")
    yield row("---", "---", is_rule=True)
    for name, text in facts(bundle):
        yield row(name, text)


def _plan(plan: Mapping[str, Any]) -> Iterator[str]:
    yield "## Plan"
    yield ""
    yield from _planned_steps(plan["steps"])
    if plan["findings"]:
        yield ""
        yield row("Severity", "Finding", "Host", "What was found")
        yield row("---", "---", "---", "---", is_rule=True)
    for each in plan["findings"]:
        yield row(each["severity"], each["code"], each["host"] or "", each["message"])


def _planned_steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not steps:
        yield "The steps stand below, as they were carried out."
        return
    yield row("Step", "Hosts", "Quorum during", "Quorum after")
    yield row("---", "---", "---", "---", is_rule=True)
    for number, step in enumerate(steps, start=1):
        during, after = margin(step["quorum_during"]), margin(step["quorum_after"])
        yield row(f"{number}. {step['title']}", ", ".join(step["hosts"]), during, after)


def margin(quorum: Mapping[str, Any] | None) -> str:
    """Return how a quorum stands, or nothing where nobody knows."""
    return ALIVE.format_map(quorum) if quorum and "voters_alive" in quorum else ""


def _quorum(quorum: Mapping[str, Any]) -> Iterator[str]:
    yield "## Quorum"
    yield ""
    yield row("When", "Quorum")
    yield row("---", "---", is_rule=True)
    for name in ("before", "planned", "after"):
        yield row(name.capitalize(), margin(quorum[name]) or "not seen")


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not steps:
        return
    yield "## Steps"
    yield ""
    yield row("Step", "Status", "Attempts", "Time", "Hosts")
    yield row("---", "---", "---", "---", "---", is_rule=True)
    for step in steps:
        title = f"{step['index'] + 1}. {step['title']}"
        hosts = ", ".join(_host(*one) for one in step["hosts"].items())
        yield row(title, step["status"], step["attempt"], seconds(step["seconds"]), hosts)


def _host(host: str, told: Mapping[str, Any]) -> str:
    took = f" in {seconds(told['seconds'])}" if told["seconds"] is not None else ""
    return f"{host} {told['status']}{took}"


def _failure(error: Mapping[str, Any] | None) -> Iterator[str]:
    if not error:
        return
    yield "## Why it ended so"
    yield ""
    yield from fence(failure_lines(error))


def failure_lines(error: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a job ended, what to do, and what the hosts have said last."""
    yield str(error.get("message", ""))
    if error.get("advice"):
        yield f"-> {error['advice']}"
    for failed in error.get("failures") or ():
        yield f"{failed.get('host', '?')}: {failed.get('message') or failed.get('operation') or ''}"
        yield from (f"  | {line}" for line in failed.get("lines") or ())
    yield from (f"{each['code']}: {each['message']}" for each in error["findings"])


def _log(log: Sequence[Mapping[str, Any]], most: int) -> Iterator[str]:
    if not log:
        return
    yield "## Log"
    yield ""
    if len(log) > most:
        yield f"The newest {most} of {len(log)} events; the JSON document has all."
        yield ""
    yield from fence(map(log_line, log[-most:]))


def log_line(event: Mapping[str, Any]) -> str:
    """Return one event of the log on one line."""
    step = "" if event["step"] is None else f" step {event['step'] + 1}"
    data = json.dumps(event["data"], ensure_ascii=False) if event["data"] else ""
    return f"{event['time']} {event['type']}{step} {short(data, LONGEST_DATA)}".rstrip()
