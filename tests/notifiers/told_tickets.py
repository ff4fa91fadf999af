"""News of a job that a ticket asked for, and who sends what a notifier says."""

from collections.abc import Mapping
from typing import Any

import httpx
from ticket_receivers import Receiver

from workflows.evidence.bundle import bundle
from workflows.notifiers.notifier import Answer, News, Target

JOB = "3f2a91c0" * 4
PAGE = "https://clusters.test/jobs/3f2a91c0"
LIFE = ("job.accepted", "job.started", "job.succeeded")
QUORUM = {"voters": 3, "voters_alive": 3, "tolerance": 1}


def job_document(subject: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": JOB,
        "cluster": "prod",
        "kind": "add-nodes",
        "params": {"workers": ["n2"]},
        "reason": "",
        "status": "succeeded",
        "reference": {"source": "tickets", "subject": subject, "url": None},
        "requested_by": "hook:tickets",
        "via": "hook",
        "created": 1767225600.0,
        "created_time": "2026-01-01T00:00:00.000Z",
        "started_time": "2026-01-01T00:00:01.000Z",
        "finished_time": "2026-01-01T00:00:03.000Z",
        "seconds": 2.0,
        "plan_digest": "sha256:" + "ab" * 32,
        "quorum": {"before": QUORUM, "now": None, "expected": QUORUM},
        "next_action": "retry it",
        "steps": [],
        "findings": [],
        "error": None,
    } | fields


def news(type_: str, subject: str, sequence: int = 1, **fields: Any) -> News:
    job = job_document(subject, **fields)
    event = {"seq": 1, "time": job["created_time"], "type": type_, "step": None, "status": None}
    evidence = bundle(job, {}, [event | {"data": {"detail": "what a host said"}}])
    return News(f"n{sequence}", type_, 1.0, sequence, job, PAGE, evidence)


def target(receiver: Receiver, **more: Any) -> Target:
    secrets = more.pop("secrets", [receiver.secret.encode()])
    settings = {"source": "tickets", **receiver.settings, **more.pop("settings", {})}
    return Target("desk", more.pop("url", receiver.url), secrets, settings)


CLIENT = httpx.Client(trust_env=False, verify=False)  # noqa: S501 - it stays on loopback


def post(method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a request over loopback, as whoever delivers does."""
    assert url.startswith("http://127.0.0.1:")
    try:
        answer = CLIENT.request(method, url, headers=dict(headers), content=body)
    except httpx.TransportError as error:
        raise OSError(str(error)) from error
    told = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status_code, answer.content, told)
