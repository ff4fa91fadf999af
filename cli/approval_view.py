"""What somebody agrees to who approves a job, and the approval policy, as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.output import counted, sign
from cli.token_view import minute

ASKS = {
    "others": "once there is somebody else who may approve",
    "always": "always, also where nobody else may approve",
    "never": "only where the change, or a rule, asks for it itself",
}

ENDS_THE_CLUSTER = "destroy-cluster"
"""The kind of change after which there is no cluster any more."""


def approval_lines(job: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a job that waits for approval would do, who wants it, and until when it waits."""
    yield f"{job['kind']} {job['cluster']}: {counted(len(job['steps']), 'step')}"
    for number, step in enumerate(job["steps"], start=1):
        hosts = ", ".join(step["hosts"])
        final = "  (there is no way back)" if step["final"] else ""
        yield f"{number:>3}. {step['title']}{f'  on {hosts}' if hosts else ''}{final}"
    quorum = job["quorum"]
    yield (
        f"voters alive: {_voters(quorum['before'], 'none')} before, "
        f"{_voters(quorum['during'], 'the same')} during, "
        f"{_voters(quorum['expected'], _without_words(job))} after"
    )
    for finding in job["findings"]:
        where = f"{finding['host']}: " if finding.get("host") else ""
        severity = finding["severity"]
        yield f"  {sign(severity)} {where}{finding['message']} [{severity} {finding['code']}]"
    yield f"asked for by {_asker(job)}" + (f": {job['reason']}" if job["reason"] else "")
    yield f"needs an approval because {job['approval_why'] or 'the request asked for one'}"
    yield f"waits since {minute(job['approval_asked_time'])}, until {minute(job['expires_time'])}"
    yield f"digest {job['plan_digest']}"


def policy_lines(policy: Mapping[str, Any]) -> Iterator[str]:
    """Yield the approval policy: what needs an approval, and whether anybody is asked now."""
    yield f"asks for an approval: {ASKS[policy['asks']]}"
    if policy["asks"] != "never":
        environments = ", ".join(policy["environments"]) or "no environment"
        yield f"  for every change of clusters for: {environments}"
        final = ", ".join(policy["final_kinds"]) if policy["final"] else "not asked for"
        yield f"  for what has no way back: {final}"
        yield f"  for these kinds everywhere: {', '.join(policy['kinds']) or 'none'}"
        yield f"within {policy['within']} h, then the job expires"
    others = policy["others"]
    yield f"besides you may approve: {', '.join(others) or 'nobody'}"
    if policy["asks"] == "others" and not others:
        yield "so you are asked for no approval, and may approve what you have asked for yourself"
    state = f"revision {policy['revision']}" if policy["revision"] else "built in"
    yield state + (f", of {minute(policy['at'])}" if policy["at"] else "")


def _asker(job: Mapping[str, Any]) -> str:
    if not job["requested_by"]:
        return "Clusterwright itself"
    told = [job["requested_by_name"], job["requested_by"], f"({job['via']})" if job["via"] else ""]
    return " ".join(filter(None, told))


def _without_words(job: Mapping[str, Any]) -> str:
    """Return what is said of the voters afterwards where no step says how many there are then."""
    stays = job["quorum"]["before"] and job["kind"] != ENDS_THE_CLUSTER
    return "the same" if stays else "none"


def _voters(quorum: Mapping[str, Any] | None, without: str) -> str:
    return f"{quorum['voters_alive']} of {quorum['voters']}" if quorum else without
