"""The report of an acceptance, as a document for programs and as Markdown for people. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.acceptance.checks import Check
from cli.output import duration

PURGE = "sudo snap remove --purge microk8s && sudo rm -rf /var/lib/clusterwright"


@dataclass(slots=True)
class Report:
    """What was done on which hosts, and what was seen."""

    version: str
    began: str
    """In UTC, as ISO 8601."""
    hosts: Sequence[Mapping[str, Any]]
    params: Mapping[str, Any]
    checks: list[Check] = field(default_factory=list)
    jobs: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """What each job was for, and its body as the API told it."""
    topology: str = ""
    left: str = ""
    """What stands on the hosts at the end."""

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        return {
            "clusterwright": self.version,
            "began": self.began,
            "passed": self.passed,
            "hosts": [dict(row) for row in self.hosts],
            "params": dict(self.params),
            "checks": [check.as_dict() for check in self.checks],
            "jobs": [{"purpose": purpose, "job": dict(job)} for purpose, job in self.jobs],
            "topology": self.topology,
            "left": self.left,
        }


def markdown(report: Report) -> str:
    """Return the report as a page that can be attached to a bug report."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield f"# Acceptance: {'passed' if report.passed else 'NOT passed'}"
    yield ""
    yield f"Clusterwright {report.version}, begun {report.began}, on {len(report.hosts)} hosts."
    yield "It holds names and addresses of these hosts, and no secret."
    yield ""
    yield "| | what was to be seen | what was seen |"
    yield "| --- | --- | --- |"
    for check in report.checks:
        sign = "yes" if check.passed else "**no**"
        yield f"| {sign} | {_cell(check.title)} | {_cell(check.detail)} |"
    yield ""
    yield "| host | SSH | node address |"
    yield "| --- | --- | --- |"
    for row in report.hosts:
        ssh = f"{row['user']}@{row['address']}:{row['port']}"
        yield f"| {row['name']} | {_cell(ssh)} | {row['node_address'] or row['address']} |"
    for purpose, job in report.jobs:
        yield ""
        yield from _job(purpose, job)
    if report.topology:
        yield from ("", "## The cluster", "", "```text", report.topology.rstrip(), "```")
    yield ""
    yield report.left


def _job(purpose: str, job: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {purpose}: {job['status']}"
    yield ""
    took = duration(job["seconds"])
    yield f"Job {job['id']}{f', {took}' if took else ''}. {job['next_action']}."
    yield ""
    yield "| step | status | attempt | took | hosts |"
    yield "| --- | --- | --- | --- | --- |"
    for step in job["steps"]:
        rows = [f"{host} {row['status']}" for host, row in step["hosts"].items()]
        words = (step["title"], step["status"], step["attempt"], duration(step["seconds"]))
        yield f"| {' | '.join(_cell(word) for word in words)} | {_cell(', '.join(rows))} |"
    error = job["error"]
    if error:
        yield ""
        yield f"Step {error['step']}: {error['message']}"
        for failure in error["failures"]:
            what = failure["command"] or failure["operation"]
            yield from ("", f"{failure['host']}, {what}:", "", "```text")
            yield from (line.replace("```", "'''") for line in failure["lines"])
            yield "```"


def _cell(text: Any) -> str:
    """Keep a text inside its cell, whatever a host put into it."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")
