"""An inventory, clusters and jobs worth looking at."""

import time
from dataclasses import dataclass

import redis as redis_client
from past import put_back
from seeding import Worker, finding, formed, observed, put_hosts, submitted, surveyed

from workflows.audit.log import AuditLog
from workflows.audit.records import Act, Outcome
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

ACTS = (
    Act(
        *("put-rules", "rules", "", "0123456789ab", "ada", "token", "192.0.2.7"),
        before={"revision": 3, "etag": "c5b1e0f7" * 4},
        after={"revision": 4, "etag": "0fe47ac9" * 4},
    ),
    Act("delete-host", "host cp-1", "", "0123456789cd", "ci", "token", outcome=Outcome.REFUSED),
    Act("request-change", "cluster shop", "shop", "hook:tickets", "tickets", "hook"),
)
"""Of the audit log."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The jobs that the pages are about."""

    running: str
    failed: str


def seed(redis: redis_client.Redis) -> Demo:
    """Three clusters: one as it should be, one with a dead voter, one alone; and one on its way."""
    inventory, ledger = Inventory(redis), Ledger(redis)
    log = AuditLog(redis)
    for act in ACTS:
        log.append(act)
    hosts = (("cp-", 3, 1), ("wk-", 3, 1), ("edge-", 3, 1), ("dev-", 1, 1))
    for place, (prefix, count, first) in enumerate((*hosts, ("node-", 12, 1))):
        put_hosts(inventory, count, prefix=prefix, first=first, net=place + 1)
    jobs = [
        formed(
            ledger,
            inventory,
            "shop",
            control_plane=["cp-1", "cp-2", "cp-3"],
            workers=["wk-1", "wk-2", "wk-3"],
            environment="prod",
            topology="separated",
            addons=["metrics-server"],
            reason="CHG-4711: production cluster of the shop",
        ),
        formed(
            ledger,
            inventory,
            "edge",
            dead=("edge-3",),
            control_plane=["edge-1", "edge-2", "edge-3"],
            environment="staging",
        ),
        formed(ledger, inventory, "sandbox", control_plane=["dev-1"]),
    ]
    for job, hours in zip(jobs, (75, 26, 3), strict=True):
        put_back(redis, job, ended_ago=hours * 3600 + 700)
    redis.hset("cw:cluster:edge", "observed_at", int((time.time() - 260) * 1000))
    failed, running = _failed(inventory, ledger), _running(inventory, ledger)
    put_back(redis, failed, ended_ago=640)
    put_back(redis, running, ended_ago=9)
    return Demo(running, failed)


def _failed(inventory: Inventory, ledger: Ledger) -> str:
    names = ["node-4", "node-5", "node-6"]
    job = submitted(ledger, inventory, "lab", control_plane=names, reason="try 1.32 out")
    worker = Worker(ledger, job)
    worker.carry_out(
        0,
        surveyed(
            tuple(names),
            finding(
                "disk-slow",
                "node-5 writes 41 MB/s with fsync, 100 MB/s are advised",
                "put /var/snap on an SSD",
                host="node-5",
                severity="warn",
            ),
        ),
    )
    worker.carry_out(1)
    worker.begin(2)
    worker.report(2, "node-4", "done", operation="Install MicroK8s")
    worker.report(2, "node-6", "done", operation="Install MicroK8s")
    message = "cannot install MicroK8s on node-5: error: unable to contact snap store"
    advice = "let node-5 reach api.snapcraft.io:443, or set a snap store proxy, then retry"
    lines = ["Fetching assertions", "error: unable to contact snap store"]
    worker.report(2, "node-5", "failed", operation="Install MicroK8s", detail=message)
    worker.fail(
        2,
        {
            "message": "cannot install MicroK8s 1.32/stable: 1 of 3 hosts failed",
            "transient": False,
            "advice": advice,
            "findings": [],
            "failures": [
                {
                    "host": "node-5",
                    "message": message,
                    "operation": "Install MicroK8s",
                    "command": "snap install microk8s --classic --channel=1.32/stable",
                    "exit_code": 1,
                    "lines": lines,
                    "advice": advice,
                    "code": "command-failed",
                }
            ],
        },
    )
    return job


def _running(inventory: Inventory, ledger: Ledger) -> str:
    names = ["node-1", "node-2", "node-3"]
    job = submitted(
        ledger, inventory, "stage", control_plane=names, environment="staging", reason="rehearsal"
    )
    worker = Worker(ledger, job)
    worker.carry_out(0, surveyed(tuple(names)))
    worker.carry_out(1)
    worker.carry_out(2)
    worker.begin(3)
    worker.report(3, "node-2", "running", operation="Join as control plane node", detail="waiting")
    worker.observe(3, observed(inventory, ["node-1"], []))
    return job
