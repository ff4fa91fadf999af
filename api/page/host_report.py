"""What was last found out about a host: by a job's steps, and by observing its cluster."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.page.job_map import status_of
from cluster.spec import Cluster
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.step_records import StepRecord

SURVEY = "preflight"
"""The step that looks at hosts before anything is changed."""
FIT = "fit"
"""What it says of a host that nothing is wrong with."""


@dataclass(frozen=True, slots=True)
class HostReport:
    """One host as the newest job that named it has left it."""

    job: Job | None = None
    steps: tuple[tuple[StepRecord, Mapping[str, Any]], ...] = ()
    """Each step that the host took part in, with what it said last there."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Mapping[str, Any], ...] = ()

    @property
    def verdict(self) -> tuple[str, str]:
        """How the survey judged the host, and its words: the codes of what it warned of."""
        survey = next((row for step, row in self.steps if step.name == SURVEY), {})
        detail = str(survey.get("detail", ""))
        match survey.get("status"):
            case "done":
                return ("good", FIT) if detail in ("", FIT) else ("warn", detail)
            case "failed":
                return "bad", "refused"
        return "", ""


def newest_job(name: str, jobs: Iterable[Job]) -> Job | None:
    """Return the first of ``jobs`` that has begun and names the host."""
    return next((job for job in jobs if any(_rows(name, job))), None)


def brief_report(name: str, jobs: Iterable[Job]) -> HostReport:
    """Return the report as far as the jobs themselves tell it."""
    job = newest_job(name, jobs)
    return HostReport(job, tuple(_rows(name, job))) if job else HostReport()


def jobs_about(name: str, rows: Iterable[Job], ledger: Ledger) -> Iterator[Job]:
    """Yield, whole, those of the jobs of a list that have begun and whose plan has the host.

    Each is read when it is asked for: mostly the first one tells all that is wanted.
    """
    for row in rows:
        if any(step.attempt and name in step.planned_hosts for step in row.steps):
            yield from ledger.jobs_named([row.id])


def last_surveys(
    names: Collection[str], rows: Iterable[Job], ledger: Ledger
) -> dict[str, HostReport]:
    """Return, of each host that one of the jobs of a list has surveyed, the newest survey."""
    found: dict[str, HostReport] = {}
    for job in rows:
        survey = next((step for step in job.steps if step.name == SURVEY and step.attempt), None)
        asked = [name for name in names if name not in found]
        asked = [name for name in asked if survey and name in survey.planned_hosts]
        if survey and asked:
            survey_rows = ledger.host_results(job.id, survey.index, asked)
            found |= {name: HostReport(job, ((survey, row),)) for name, row in survey_rows.items()}
    return found


def full_report(
    name: str, jobs: Iterable[Job], ledger: Ledger, cluster: Cluster | None
) -> HostReport:
    """Return the report with the survey's facts and findings, and the observation's."""
    brief = brief_report(name, jobs)
    survey = next((step for step, _ in brief.steps if step.name == SURVEY), None)
    output: Mapping[str, Any] = {}
    if brief.job and survey:
        output = ledger.output(brief.job.id, survey.index)
    findings = [
        *(output.get("findings") or ()),
        *((survey and survey.error) or {}).get("findings", ()),
    ]
    if cluster and cluster.observation:
        findings += [found.as_dict() for found in cluster.observation.findings]
    return HostReport(
        job=brief.job,
        steps=brief.steps,
        facts=(output.get("facts") or {}).get(name, {}),
        findings=tuple(row for row in findings if row.get("host") == name),
    )


def _rows(name: str, job: Job) -> Iterator[tuple[StepRecord, Mapping[str, Any]]]:
    for step in job.steps:
        row = step.hosts.get(name)
        if row is not None and row["status"] == "running":
            row = {**row, "status": str(status_of(step, row))}  # the step may have ended meanwhile
        if row is not None:
            yield step, row
