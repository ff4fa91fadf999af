"""Jobs at the moments that the job page's tests look at."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from seeding import Worker, put_hosts, submitted

from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

ADVICE = "let n2 reach the snap store, then retry"
MESSAGE = "cannot install MicroK8s on n2: error: unable to contact snap store"
COMMAND = "snap install microk8s --classic --channel=1.32/stable"
FAILURE = {
    "message": MESSAGE,
    "transient": False,
    "advice": ADVICE,
    "findings": [],
    "failures": [
        {
            "host": "n2",
            "message": MESSAGE,
            "operation": "Install MicroK8s",
            "command": COMMAND,
            "exit_code": 1,
            "lines": ["Fetch and check assertions", "error: unable to contact snap store"],
            "advice": ADVICE,
            "code": "command-failed",
            "actions": [{"action": "show-host", "arguments": {"host": "n2"}}],
        }
    ],
}
INSTALL = 2
"""The step in which things go wrong."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A job, and who carries it out."""

    job: str
    worker: Worker

    @property
    def path(self) -> str:
        return f"/jobs/{self.job}"


def three_hosts(ledger: Ledger, inventory: Inventory, **wish: Any) -> Scene:
    """A job that has just been accepted: seven steps on n1, n2 and n3."""
    hosts = put_hosts(inventory, 3)
    job = submitted(ledger, inventory, "prod", control_plane=hosts, **wish)
    return Scene(job, Worker(ledger, job))


def failed(ledger: Ledger, inventory: Inventory, **wish: Any) -> Scene:
    """The same, failed on n2 in its third step."""
    scene = three_hosts(ledger, inventory, **wish)
    fail_install(scene.worker)
    return scene


def fail_install(worker: Worker) -> None:
    """Carry out the first two steps, and fail in the third."""
    worker.carry_out(0)
    worker.carry_out(1)
    worker.begin(INSTALL)
    for host, status in (("n1", "done"), ("n2", "failed"), ("n3", "done")):
        worker.report(INSTALL, host, "running", operation="Install MicroK8s")
        worker.report(INSTALL, host, status, operation="Install MicroK8s")
    worker.fail(INSTALL, FAILURE)


def thirty_hosts(ledger: Ledger, inventory: Inventory) -> Scene:
    """Ten steps on thirty hosts, in the second attempt at the third step."""
    hosts = put_hosts(inventory, 30)
    job = submitted(
        ledger,
        inventory,
        "prod",
        control_plane=hosts[:3],
        workers=hosts[3:],
        environment="prod",
        addons=["dns"],
    )
    worker = Worker(ledger, job)
    worker.carry_out(0)
    worker.carry_out(1)
    worker.begin(INSTALL)
    for host in hosts:
        worker.report(INSTALL, host, "running", operation="Install MicroK8s 1.32/stable")
    for host in hosts[:20]:
        worker.report(INSTALL, host, "done", seconds=41.2)
    worker.report(INSTALL, "n21", "failed", operation="Install MicroK8s 1.32/stable")
    worker.fail(INSTALL, FAILURE, delay=0)
    worker.begin(INSTALL)
    for host in hosts[20:]:
        operation = "Install MicroK8s 1.32/stable"
        worker.report(INSTALL, host, "running", operation=operation, attempt=2)
    return Scene(job, worker)


def queued_behind(ledger: Ledger, first: str) -> str:
    """Return a job that waits for ``first``: the same change with other params."""
    job = ledger.job(first)
    record = {
        "id": uuid.uuid4().hex,
        "cluster": job.cluster,
        "kind": job.kind,
        "params": json.dumps(job.params),
        "plan": json.dumps(job.plan),
        "digest": "another",
        "reason": "",
        "on_failure": "stop",
        "accept": "[]",
        "lock": "exclusive",
        "pinned": False,
        "basis": ledger.revision(job.cluster),
        "ahead": " ".join(ledger.ahead(job.cluster)),
        "reserves": "[]",
        "coming": "{}",
        "founds": "",
        "site": "default",
        "trace_id": "",
        "step_names": [step.name for step in job.steps],
    }
    job_id, created = ledger.create(record)
    assert created
    return job_id


def shown_events(page: Any) -> list[int]:
    """Return the numbers of the events in the log, in the order in which they stand there."""
    found: list[int] = page.eval_on_selector_all(
        "#log > li", "lines => lines.map(line => Number(line.dataset.seq))"
    )
    return found
