"""The whole product as processes: API, Celery worker, on a Redis that keeps an append-only file."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import redis

from deploy_scripts.backups.shelf import FOLDER
from lab.spec import OUTSIDE_NETWORKS

START_SECONDS = 200
JOB_SECONDS = 400


def poll(look, *, seconds, what):
    """Return the first true answer of ``look``, or fail with ``what``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


ANSWERED = {"name", "cluster", "reserved_by", "links"}
"""Fields of a host that its record does not take."""


@dataclass
class Stack:
    """The processes of one stack and a client of its API."""

    folder: Path
    redis_url: str
    redis_folder: Path
    """Where Redis keeps its append-only file."""
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "CLUSTERWRIGHT_ALLOWED_NETWORKS": ",".join(("usual", *OUTSIDE_NETWORKS)),
            "CLUSTERWRIGHT_DATA": str(self.folder),
            "CLUSTERWRIGHT_RECEIVER_NETWORKS": "127.0.0.0/8",
            "CLUSTERWRIGHT_LIMITS": "off",  # tests ask as often as they can
            "REDIS_URL": self.redis_url,
            "REMAP_SIGTERM": "SIGQUIT",
        }

    @functools.cached_property
    def client(self) -> httpx.Client:
        token = (self.folder / "token").read_text().strip()
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=250,
        )

    def start(self) -> None:
        (self.folder / "keys").mkdir(parents=True, exist_ok=True)
        self.start_api()
        self.start_worker()
        url = f"http://127.0.0.1:{self.port}/readyz"
        poll(lambda: self._answers(url), seconds=START_SECONDS, what=f"{url} to be ready")

    def _answers(self, url: str) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} ended: {self.log(name)[-2000:]}"
        try:
            return httpx.get(url, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def start_api(self) -> None:
        bind = f"127.0.0.1:{self.port}"
        self.spawn("api", "-m", "api.server", "--bind", bind, "--workers", "1")

    def start_worker(
        self, name: str = "worker", *, app: str = "workflows.queue", **environment: str
    ) -> None:
        self.spawn(
            name,
            *("-m", "celery", "-A", app, "worker", "-P", "prefork", "-c", "2"),
            *(
                "--without-gossip",
                "--without-mingle",
                "-Q",
                "site.default,cw-deliveries",
                "-l",
                "INFO",
            ),
            *("--hostname", f"{name}@%h"),
            **environment,
        )

    def spawn(self, name: str, *arguments: str, **environment: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """SIGKILL a process and all its children at once, as a lost machine would."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait(timeout=60)

    def stop(self) -> None:
        self.client.close()
        for process in self.processes.values():
            process.terminate()
        for name in list(self.processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.processes[name].wait(timeout=60)
            self._sweep(name)

    def _sweep(self, name: str) -> None:
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)

    def forget(self) -> None:
        """Drop hosts, clusters, jobs and backups of an earlier test; keep token and queue."""
        shutil.rmtree(self.folder / FOLDER, ignore_errors=True)
        with redis.Redis.from_url(self.redis_url, decode_responses=True) as client:
            for key in client.scan_iter("cw:*"):
                if not key.startswith(("cw:tokens", "cw:celery:", "cw:workers", "cw:audit")):
                    client.delete(key)

    def register(self, lab: Any) -> None:
        """Put the lab's key and hosts into the product."""
        key = self.folder / "keys" / "lab"
        key.write_bytes(Path(lab.key_file).read_bytes())
        key.chmod(0o600)
        for row in lab.inventory():
            name = row.pop("name")
            answer = self.client.put(f"/v1/hosts/{name}", json=row | {"ssh_key": "lab"})
            assert answer.status_code in {200, 201}, answer.text

    def change_host(self, name: str, **values: Any) -> None:
        """Change what the inventory says of a host, whatever job rests on it."""
        row = self.client.get(f"/v1/hosts/{name}").json()
        kept = {field: value for field, value in row.items() if value and field not in ANSWERED}
        answer = self.client.put(f"/v1/hosts/{name}", json=kept | values, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text

    def post(self, cluster: str, params: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"kind": "create-cluster", "params": params, **more}
        return self.client.post(f"/v1/clusters/{cluster}/changes", json=body)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def finish(self, job_id: str, seconds: float = JOB_SECONDS) -> dict[str, Any]:
        """Wait until nothing moves any more, and return the job."""

        def finished() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job["finished_for_now"] else None

        return poll(finished, seconds=seconds, what=f"job {job_id} to finish")
