"""The demo: a lab and a stack of its own, and the main job carried out on them over HTTP."""

import os
import shutil
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

from cli.child import Child, Recipe, end_with_parent
from cli.client import Client
from cli.commands import read_token
from cli.demo_wish import CLUSTER, DemoWish
from cli.errors import CannotStart
from cli.follow import follow
from cli.output import duration
from cli.places import keys_dir, logs_dir, token_file
from cli.plan_view import plan_lines
from cli.progress import JobView
from cli.topology import draw
from lab import Lab
from lab.status_view import what_is_emulated

READY_SECONDS = 90.0
POLL_SECONDS = 0.05
LOG_LINES = 20


class Demo:
    """One run of the demo; what it started is ended by ``end``."""

    def __init__(self, wish: DemoWish, console: Console, *, durations: str, lab: str | None) -> None:
        self.wish, self.console, self.durations = wish, console, durations
        self.data_dir = Path(tempfile.mkdtemp(prefix="cw-demo-"))
        self.name = f"demo-{os.getpid()}"
        self.bind = f"127.0.0.1:{_free_port()}"
        self.lab: Lab | None = Lab.open(lab) if lab else None
        self._keeps_lab = lab is not None
        self._stack: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None

    @property
    def url(self) -> str:
        return f"http://{self.bind}"

    def run(self) -> dict[str, Any]:
        """Carry the demo out; return what ``--json`` prints."""
        started = time.monotonic()
        lab = self._start()
        client = self._client = Client(self.url, read_token(token_file(self.data_dir)))
        took = duration(time.monotonic() - started)
        self._say(f"{len(lab.hosts)} hosts and the stack are ready after {took}: {self.url}\n")
        view = self._carry_out(client, lab)
        cluster = client.get(f"/v1/clusters/{CLUSTER}") if view.has_succeeded else None
        if cluster:
            self._say(f"\n{draw(cluster)}\n")
        self._say(what_is_emulated(lab))
        return report(client.job(view.id), cluster, self.wish, lab.capabilities)

    def end(self) -> None:
        """End the stack and the lab, and remove the files."""
        with ExitStack() as last:  # each is tried, whatever became of the one before
            last.callback(shutil.rmtree, self.data_dir, ignore_errors=True)
            if not self._keeps_lab:
                last.callback(_take_down, self.name)
            last.callback(self._end_stack)
            if self._client is not None:
                last.callback(self._client.close)

    def how_to_reach(self) -> str:
        """Return what a person needs to know about a demo that is kept."""
        lab = self.lab.name if self.lab else self.name
        pid = self._stack.pid if self._stack else 0
        return (
            f"kept running: docs at {self.url}/docs, and\n"
            f"  export CLUSTERWRIGHT_URL={self.url} CLUSTERWRIGHT_DATA={self.data_dir}\n"
            f"  clusterwright clusters show {CLUSTER}\n"
            f"  clusterwright lab status --lab {lab}\n"
            f"end it with\n"
            f"  kill {pid}; clusterwright lab down --lab {lab}; rm -r {self.data_dir}"
        )

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)

    def _start(self) -> Lab:
        """Start the stack and, while it comes up, the lab."""
        self._stack = self._start_stack()
        if self.lab is None:
            self.lab = Lab.up(self.wish.host_names, name=self.name, durations=self.durations)
        keys_dir(self.data_dir).mkdir(mode=0o700, exist_ok=True)
        key = keys_dir(self.data_dir) / "default"
        shutil.copyfile(self.lab.key_file, key)
        key.chmod(0o600)
        self._await_stack(self._stack)
        return self.lab
