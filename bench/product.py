"""The product as ``clusterwright up`` starts it, with a lab's hosts in its inventory."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import redis

from bench.process_memory import children_of
from bench.processes import CannotMeasure, Process, await_until, free_port
from cli.redis_server import socket_path, socket_url
from clusterwright.sse import messages
from lab.lab import Lab
from workflows.celery_workers import celery_workers_seen

PATIENCE_SECONDS = 120
KEPT = ("cw:tokens", "cw:celery:", "cw:workers", "cw:audit")
"""What outlives a round: everything else in Redis is about hosts, clusters and jobs."""


@dataclass(frozen=True, slots=True)
class Product:
    """A running stack and a client of its API."""

    folder: Path
    client: httpx.Client
    supervisor: Process

    def forget(self) -> None:
        """Drop every host, cluster and job of earlier rounds."""
        with self.store() as store:
            for key in store.scan_iter("cw:*", count=1000):
                if not key.startswith(KEPT):
                    store.delete(key)

    def store(self) -> redis.Redis:
        url = socket_url(socket_path(self.folder))
        return redis.Redis.from_url(url, decode_responses=True, socket_timeout=None)

    def register(self, lab: Lab) -> None:
        """Put the lab's key and hosts into the product."""
        key = self.folder / "keys" / "lab"
        key.write_bytes(Path(lab.key_file).read_bytes())
        key.chmod(0o600)
        for row in lab.inventory():
            name = row.pop("name")
            answer = self.client.put(f"/v1/hosts/{name}", json=row | {"ssh_key": "lab"})
            answer.raise_for_status()

    def post(self, cluster: str, params: Mapping[str, Any]) -> str:
        """Ask for a cluster; return the job's id."""
        body = {"kind": "create-cluster", "params": dict(params)}
        answer = self.client.post(f"/v1/clusters/{cluster}/changes", json=body)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise CannotMeasure(f"cannot create {cluster}: {answer.text}")
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/jobs/{job_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the name and the data of each event until the stream's own end."""
        path = f"/v1/jobs/{job_id}/events"
        with self.client.stream("GET", path, timeout=PATIENCE_SECONDS) as answer:
            for message in messages(answer.iter_lines()):
                if message.event == "end":
                    return
                yield message.event, json.loads(message.data)

    def create(self, cluster: str, params: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Form a cluster; return the seconds from before the POST to its success, and the job."""
        began = time.perf_counter()
        job_id = self.post(cluster, params)
        for _ in self.events(job_id):
            pass
        seconds = time.perf_counter() - began
        return seconds, self.succeeded(job_id)

    def succeeded(self, job_id: str) -> dict[str, Any]:
        """Return a job's body, or refuse one that did not succeed."""
        job = self.job(job_id)
        if job["status"] != "succeeded":
            raise CannotMeasure(f"cannot form a cluster: {job['status']}: {job['error']}")
        return job

    def celery_pid(self) -> int:
        """Return the Celery worker's own process, whose children carry out the steps."""
        return self._child("celery", "site.default")

    def api_pid(self) -> int:
        """Return the HTTP server's own process, whose children answer."""
        return self._child("api.server")

    def _child(self, *words: str) -> int:
        for pid in children_of(self.supervisor.pid):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if all(word.encode() in line for word in words):
                return pid
        raise CannotMeasure(f"cannot find {words[0]}: its supervisor has not started it")

    def kill_celery(self) -> None:
        """Kill the Celery worker and its children at once; its supervisor starts another."""
        os.killpg(self.celery_pid(), signal.SIGKILL)

    def celery_workers(self) -> set[str]:
        """Return the names of the Celery workers that were seen of late."""
        with self.store() as store:
            return set(celery_workers_seen(store))

    def is_ready(self) -> bool:
        try:
            return self.client.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextmanager
def running_product(folder: Path, lab: Lab) -> Iterator[Product]:
    """Run Redis, API and Celery worker with their default settings, supervised."""
    bind = f"127.0.0.1:{free_port()}"
    words = [sys.executable, "-P", "-m", "cli", "up", "--data", str(folder), "--bind", bind]
    folder.mkdir(parents=True, exist_ok=True)
    # A server somewhere else would be shared, and is not ours to empty.
    with Process("clusterwright", words, folder, {"REDIS_URL": ""}) as supervisor:
        token = folder / "token"
        await_until(token.exists, what=f"the API's token in {token}", processes=[supervisor])
        bearer = {"Authorization": f"Bearer {token.read_text().strip()}"}
        with httpx.Client(base_url=f"http://{bind}", headers=bearer, timeout=70) as client:
            product = Product(folder, client, supervisor)
            await_until(product.is_ready, what=f"http://{bind} to be ready", processes=[supervisor])
            product.register(lab)
            yield product
