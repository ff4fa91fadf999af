"""The compose file's stack under a project name, port and network of the tests' own."""

import functools
import json
import os
import shlex
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = "clusterwright-e2e"
VERSION = "e2e"
PRODUCT = f"clusterwright:{VERSION}"
LAB_HOST = f"clusterwright-lab-host:{VERSION}"
NET = "10.79.109"


def poll(look, *, seconds, what):
    """Return the first true answer of ``look``, or fail with ``what``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command, *, seconds=60, check=True, feed=None):
    """Run a command and return it; unless told otherwise it has to succeed."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False, input=feed
    )
    if check:
        output = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == 0, (
            f"{shlex.join(map(str, command))} ended {done.returncode}:{output}"
        )
    return done


@dataclass
class Composed:
    """One project of the compose file."""

    port: int

    @property
    def command(self) -> list[str]:
        words = shlex.split(os.environ["CLUSTERWRIGHT_COMPOSE"])
        settings = {
            "CLUSTERWRIGHT_PORT": self.port,
            "CLUSTERWRIGHT_NET": NET,
            "CLUSTERWRIGHT_VERSION": VERSION,
            "LAB_DURATIONS": "zero",
        }
        prefix = ["env", *(f"{name}={value}" for name, value in settings.items())]
        return [*prefix, *words, "--project-directory", str(ROOT), "--project-name", PROJECT]

    def compose(self, *words, seconds=60, check=True):
        return run([*self.command, *words], seconds=seconds, check=check)

    def begin(self, *words) -> "subprocess.Popen[str]":
        """Start a command that the test goes on beside."""
        return subprocess.Popen(
            [*self.command, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def container(self, service: str) -> str:
        return f"{PROJECT}-{service}-1"

    def inside(self, service: str, script: str, *, user: str | None = None) -> str:
        """Return what a shell script says inside a running container."""
        as_user = ["--user", user] if user else []
        words = ["docker", "exec", *as_user, self.container(service), "sh", "-c", script]
        return run(words, check=False).stdout.strip()

    def facts(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            run(["docker", "inspect", self.container(service)]).stdout
        )[0]
        return found

    def health(self, service: str) -> str:
        return self.facts(service)["State"].get("Health", {}).get("Status", "none")

    def host_process(self, pid: int, script: str) -> None:
        """Run a script among the processes of the engine's own machine, wherever that is."""
        words = ["docker", "run", "--rm", "--pid=host", "--user=0", "--network=none"]
        run(
            [
                *words,
                "--cap-drop=ALL",
                "--cap-add=KILL",
                PRODUCT,
                "sh",
                "-c",
                script,
                "sh",
                str(pid),
            ]
        )

    @functools.cached_property
    def client(self) -> httpx.Client:
        token = self.inside("api", "cat /var/lib/clusterwright/token")
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )

    def jobs(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client.get("/v1/jobs").raise_for_status().json()["jobs"]
        return rows

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/v1/jobs/{job_id}").raise_for_status().json()
        return found

    def logs(self) -> str:
        return self.compose("--profile", "lab", "logs", "--tail", "15", check=False).stdout

    def remove(self) -> None:
        """Remove containers, volumes and networks of the project, and both images."""
        if "client" in vars(self):
            self.client.close()
        words = ("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")
        self.compose(*words, seconds=180, check=False)
        run(["docker", "image", "rm", PRODUCT, LAB_HOST], check=False)
