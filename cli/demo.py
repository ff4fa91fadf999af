"""The demo: a lab and a stack of its own, and the main job carried out on them over HTTP."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from cli.api_token import read_token
from cli.child import as_child, with_our_modules
from cli.client import Client
from cli.demo_wish import CLUSTER, DemoWish
from cli.errors import CannotStart
from cli.follow import follow
from cli.interruption import held_back
from cli.kept_demo import POLL_SECONDS, PREFIX, STOP_SECONDS, KeptDemo, take_lab_down
from cli.lab.status_view import what_is_emulated
from cli.output import counted, duration
from cli.pasteable import pasteable
from cli.places import keys_dir, token_file
from cli.plan_view import plan_lines
from cli.progress import JobProgress
from lab import Lab
from lab.program import program

READY_SECONDS = 90.0
LOG_LINES = 20


class Demo:
    """One run of the demo; what it started is ended by ``end``."""

    def __init__(
        self,
        wish: DemoWish,
        console: Console,
        *,
        durations: str,
        lab: str | None = None,
        keep: bool = False,
        receivers: str = "",
    ) -> None:
        """Prepare a demo; ``receivers`` are networks where receivers of events may be, as CIDRs."""
        self.wish, self.console, self.durations, self.keep = wish, console, durations, keep
        self.receivers = receivers
        self.data_dir = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.name = f"demo-{os.getpid()}"
        self.bind = f"127.0.0.1:{_free_port()}"
        self.lab: Lab | None = None
        self._given_lab = lab
        self._stack: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None

    @property
    def url(self) -> str:
        return f"http://{self.bind}"

    def run(self) -> dict[str, Any]:
        """Carry the demo out; return what ``--json`` prints."""
        client, lab = self.start()
        view = self.form(client, lab)
        cluster = client.get(f"/v1/clusters/{CLUSTER}") if view.has_succeeded else None
        if cluster:
            self._say("\n" + client.text(f"/v1/clusters/{CLUSTER}/topology.txt"))
        self.console.print(what_is_emulated(lab))  # a terminal would break it within a word
        return report(client.job(view.id), cluster, self.wish, lab.capabilities)

    def start(self) -> tuple[Client, Lab]:
        """Start the stack and the lab; return who asks the one, and the other."""
        started = time.monotonic()
        lab = self._start()
        self._client = Client(self.url, read_token(token_file(self.data_dir)))
        took = duration(time.monotonic() - started)
        hosts = counted(len(lab.hosts), "host")
        self._say(f"{hosts} and the stack are ready after {took}: {self.url}\n")
        return self._client, lab

    def end(self) -> None:
        """End the stack and the lab, and remove the files."""
        with ExitStack() as last:  # each is tried, whatever became of the one before
            last.callback(shutil.rmtree, self.data_dir, ignore_errors=True)
            if self._given_lab is None:
                last.callback(take_lab_down, self.name)
            last.callback(self._end_stack)
            if self._client is not None:
                last.callback(self._client.close)

    def how_to_reach(self) -> str:
        """Return what a person needs to know about a demo that is kept, and note how to end it."""
        lab = self.lab.name if self.lab else self.name
        KeptDemo(str(self.data_dir), self.url, "" if self._given_lab else lab).note()
        return (
            f"kept running: a page at {self.url} (sign in with {token_file(self.data_dir)}), and\n"
            f"  export CLUSTERWRIGHT_URL={self.url} CLUSTERWRIGHT_DATA={self.data_dir}\n"
            f"  {program()} clusters show {CLUSTER}\n"
            f"  {program()} lab status --lab {lab}\n"
            f"end it with\n"
            f"  {pasteable('demo', 'end')}"
        )

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)

    def _start(self) -> Lab:
        """Start the stack and, while it comes up, the lab."""
        self._say("starting Redis, API, Celery worker and a lab of hosts")
        with held_back():
            self._stack = stack = self._start_stack()
        names, durations = self.wish.host_names, self.durations
        if self._given_lab is None:
            self.lab = lab = Lab.up(names, name=self.name, durations=durations)
        else:
            self.lab = lab = Lab.open(self._given_lab)
        keys_dir(self.data_dir).mkdir(mode=0o700, exist_ok=True)
        key = keys_dir(self.data_dir) / "default"
        shutil.copyfile(lab.key_file, key)
        key.chmod(0o600)
        self._await_stack(stack)
        return lab

    def _start_stack(self) -> subprocess.Popen[bytes]:
        """Start ``clusterwright up`` with a Redis of its own, whatever the environment says."""
        mine = {"REDIS_URL", "CLUSTERWRIGHT_DATA", "CLUSTERWRIGHT_URL", "CLUSTERWRIGHT_TOKEN"}
        mine |= {"CLUSTERWRIGHT_RECEIVER_NETWORKS", "CLUSTERWRIGHT_PUBLIC_URL"}
        environment = {name: text for name, text in os.environ.items() if name not in mine}
        if self.receivers:
            environment["CLUSTERWRIGHT_RECEIVER_NETWORKS"] = self.receivers
            environment["CLUSTERWRIGHT_PUBLIC_URL"] = self.url
        command = [sys.executable, "-m", "cli", "up", "--data", str(self.data_dir)]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--bind", self.bind],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=with_our_modules(environment),
                start_new_session=True,
                # What is kept outlives this process; all else must not.
                preexec_fn=as_child(None if self.keep else signal.SIGTERM),
            )

    @property
    def _log(self) -> Path:
        return self.data_dir / "up.log"

    def _await_stack(self, stack: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if stack.poll() is not None:
                raise CannotStart(f"cannot start the stack:\n{self._last_lines()}")
            if _is_ready(self.url):
                return
            time.sleep(POLL_SECONDS)
        raise CannotStart(
            f"cannot start the stack: not ready within {READY_SECONDS:.0f} s:\n{self._last_lines()}"
        )

    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    def _end_stack(self) -> None:
        if self._stack is None:
            return
        self._stack.terminate()
        try:
            self._stack.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._stack.kill()  # its processes are ended by the kernel then
            self._stack.wait()

    def form(self, client: Client, lab: Lab) -> JobProgress:
        """Put the hosts, show the plan, post the change, and follow its job."""
        rows = lab.inventory()
        for row in rows:
            body = {key: value for key, value in row.items() if key != "name"}
            client.put(f"/v1/hosts/{row['name']}", body)
        change = self.wish.change([row["name"] for row in rows])
        plan = client.post(f"/v1/clusters/{CLUSTER}/plans", change)
        self._say("\n".join(plan_lines(plan)) + "\n")
        posted = {**change, "plan_digest": plan["digest"]}
        job = client.post(f"/v1/clusters/{CLUSTER}/changes", posted)
        return follow(client, job["id"], self.console)


def report(
    job: Mapping[str, Any],
    cluster: Mapping[str, Any] | None,
    wish: DemoWish,
    capabilities: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the demo's result as one JSON object; the quorum is as observed, not as planned."""
    quorum = (cluster or {}).get("quorum") or {}
    return {
        "job": job["id"],
        "status": job["status"],
        "seconds": job["seconds"],
        "topology": wish.topology,
        "control_plane": len(cluster["control_plane"]) if cluster else 0,
        "workers": len(cluster["workers"]) if cluster else 0,
        "voters": quorum.get("voters", 0),
        "voters_alive": quorum.get("voters_alive", 0),
        "ha": quorum.get("ha", False),
        "dqlite": capabilities["dqlite"],
        "microk8s": capabilities["microk8s"],
        "steps": [
            {"name": step["name"], "status": step["status"], "seconds": step["seconds"]}
            for step in job["steps"]
        ],
    }


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
