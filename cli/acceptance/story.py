"""The story of an acceptance: a failed step, a retry, an undo, and the main job once more."""

from collections.abc import Callable, Mapping
from typing import Any

from cli.acceptance import checks
from cli.acceptance.hosts import CLUSTER
from cli.acceptance.report import PURGE, Report
from cli.client import Client
from cli.errors import Problem

PATH = f"/v1/clusters/{CLUSTER}"


def tell(client: Client, report: Report, follow: Callable[[str], None]) -> None:
    """Carry the story out and write it into the report; it ends where going on makes no sense.

    ``follow`` shows a job, by its id, until it is finished.
    """

    def finished(purpose: str, job: Mapping[str, Any]) -> dict[str, Any]:
        follow(job["id"])
        done = client.job(job["id"])
        report.jobs.append((purpose, done))
        return done

    failing = dict(report.params) | {"addons": [checks.NO_SUCH_ADDON]}
    first = finished("A job whose last step cannot succeed", _post(client, failing))
    report.checks += checks.failed_step(first)
    if not report.passed:
        _give_back(client, report, first, finished)
        return
    again = finished("Its retry", client.post(f"/v1/jobs/{first['id']}/retry"))
    report.checks += checks.retried(first, again)
    back = finished("Its rollback", client.post(f"/v1/jobs/{first['id']}/rollback"))
    names = [row["name"] for row in report.hosts]
    report.checks += checks.undone(back, {name: client.get(f"/v1/hosts/{name}") for name in names})
    if back["status"] != "rolled-back":
        report.left = "The rollback did not come to its end: see what its job says to do next."
        return
    second = finished("The main job", _post(client, report.params))
    report.checks += checks.formed(second)
    if second["status"] != "succeeded":
        _give_back(client, report, second, finished)
        return
    report.checks += checks.refused(*_post_again(client, report.params))
    report.topology = client.text(f"{PATH}/topology.txt")
    report.left = (
        f"Cluster {CLUSTER} stands on {', '.join(names)}. When it has been looked at, on each of "
        f"them: `{PURGE}`"
    )


def _post(client: Client, params: Mapping[str, Any]) -> Any:
    return client.post(
        f"{PATH}/changes",
        {"kind": "create-cluster", "params": dict(params), "reason": "acceptance"},
    )


def _post_again(client: Client, params: Mapping[str, Any]) -> tuple[int, str]:
    try:
        job = _post(client, params)
    except Problem as problem:
        return problem.status, problem.title
    return 202, f"job {job['id']} was made"


def _give_back(
    client: Client,
    report: Report,
    job: Mapping[str, Any],
    finished: Callable[[str, Mapping[str, Any]], dict[str, Any]],
) -> None:
    """Undo what an unexpected end left on the hosts."""
    if job["status"] not in {"failed", "cancelled"}:
        report.left = f"Job {job['id']} is {job['status']}: {job['next_action']}."
        return
    back = finished("Its rollback", client.post(f"/v1/jobs/{job['id']}/rollback"))
    report.left = (
        "What the job had done was undone."
        if back["status"] == "rolled-back"
        else f"The rollback is {back['status']}: {back['next_action']}."
    )
