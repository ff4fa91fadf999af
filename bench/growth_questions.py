"""What people and programs ask for that might cost more the more is stored: lists, plans, pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.ledger_fill import CONTROL_PLANE, WORKERS, Size
from bench.processes import CannotMeasure
from workflows.kinds import KINDS

BROWSER = "text/html,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Question:
    """One request, with a word for each name of the installation that is asked."""

    name: str
    path: str
    row: str = ""
    """What stands once in the answer for each row that it shows; empty where it shows one thing."""
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one installation, with a token and signed in to the page."""

    client: FlaskClient
    token: str
    size: Size
    names: Mapping[str, str]
    """What the words of a question stand for here."""

    def ask(self, question: Question) -> TestResponse:
        """Raises ``CannotMeasure`` where the answer is another than 200."""
        is_page = not question.path.startswith("/v1")
        headers = {"Accept": BROWSER} if is_page else {"Authorization": f"Bearer {self.token}"}
        path = question.path.format(**self.names)
        if question.body is None:
            answer = self.client.get(path, headers=headers)
        else:
            body = json.loads(_filled(json.dumps(question.body), self.names))
            answer = self.client.post(path, json=body, headers=headers)
        if answer.status_code != 200:
            raise CannotMeasure(f"cannot ask for {path}: answered with {answer.status}")
        return answer


def names_at(size: Size, *, job: str, cursor: str, failed: str) -> dict[str, str]:
    """Return what the words of questions stand for in an installation of this size."""
    taken = size.clusters * (CONTROL_PLANE + WORKERS)
    return {
        "cluster": f"c{size.clusters // 2}",
        "host": f"h{size.clusters // 2 * (CONTROL_PLANE + WORKERS)}",
        "free": f"h{taken}",
        "other": f"h{taken + 1}",
        "job": job,
        "failed": failed,
        "cursor": cursor,
    }


def rows_in(question: Question, answer: TestResponse) -> int:
    """Return how many rows an answer shows, at least one."""
    return max(answer.text.count(question.row), 1) if question.row else 1


def _filled(text: str, names: Mapping[str, str]) -> str:
    for word, name in names.items():
        text = text.replace(f"{{{word}}}", name)
    return text


JOB, HOST, CLUSTER = '"waits_for"', '"host_key"', '"topology"'
JOB_ON_PAGE = '<tr id="job-'
OFFERED = {"replace-node": "<option>h"}
"""Kinds whose form offers free hosts as what may be typed, and not in a table."""
LISTS = (
    Question("list of jobs", "/v1/jobs", JOB),
    Question("list of jobs, from the middle", "/v1/jobs?cursor={cursor}", JOB),
    Question("list of jobs of a cluster", "/v1/jobs?cluster={cluster}", JOB),
    Question("list of jobs that failed", "/v1/jobs?status=failed", JOB),
    Question(
        "list of jobs of a cluster that failed", "/v1/jobs?cluster={cluster}&status=failed", JOB
    ),
    Question("list of hosts", "/v1/hosts", HOST),
    Question("list of hosts, ten of them", "/v1/hosts?per_page=10", HOST),
    Question("list of free hosts, for Tab", "/v1/hosts?free=true&begun=h", HOST),
    Question("list of clusters, for Tab", "/v1/clusters?begun=c", CLUSTER),
    Question("list of clusters", "/v1/clusters", CLUSTER),
    Question("a cluster", "/v1/clusters/{cluster}"),
    Question("a host", "/v1/hosts/{host}"),
)
"""The completion of the shell asks for the same: lists, and one cluster for its nodes."""
PLANS = (
    Question(
        "plan of create-cluster",
        "/v1/clusters/new/plans",
        body={"kind": "create-cluster", "params": {"control_plane": ["{free}"]}},
    ),
    Question(
        "plan of add-nodes",
        "/v1/clusters/{cluster}/plans",
        body={"kind": "add-nodes", "params": {"workers": ["{free}"]}},
    ),
    Question(
        "plan of label-nodes",
        "/v1/clusters/{cluster}/plans",
        body={"kind": "label-nodes", "params": {"labels": {"{host}": {"disk": "ssd"}}}},
    ),
)
PAGES = (
    Question("page: overview", "/", '"cluster-sketch"'),
    Question("page: jobs", "/jobs", JOB_ON_PAGE),
    Question("page: jobs that failed", "/jobs?status=failed", JOB_ON_PAGE),
    Question("page: hosts", "/hosts", "<tr data-row="),
    Question("page: a host", "/hosts/{host}"),
    Question("page: clusters", "/clusters", '<tr id="cluster-'),
    Question("page: a cluster", "/clusters/{cluster}"),
    Question("page: a job", "/jobs/{job}"),
    Question("page: a job that failed", "/jobs/{failed}"),
    Question("page: a new host", "/new-host"),
    *(
        Question(
            f"page: new change, {kind}",
            f"/changes/new?kind={kind}&cluster={{cluster}}",
            OFFERED.get(kind, "<tr data-row="),
        )
        for kind in KINDS
    ),
)
QUESTIONS = (*LISTS, *PLANS, *PAGES)
