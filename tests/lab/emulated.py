"""What the tests of the emulator's commands share: a lab's hosts, and the commands given there."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from subprocess import CompletedProcess
from typing import Any

from lab import Lab

Output = CompletedProcess[str]
DATA = "/var/snap/microk8s/current"
BACKEND = f"{DATA}/var/kubernetes/backend"
DQLITE = f"/snap/microk8s/current/bin/dqlite -s file://{BACKEND}/cluster.yaml -f json k8s"
DAEMON = "[b]oot[.]py"
"""What a host's daemon is found by among its processes, and the shell that looks is not."""
INSTALL = "snap install microk8s --classic --channel=1.32/stable"


class Hosts:
    """The hosts of one lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.addresses = {host.name: host.node_address for host in lab.hosts}

    def run(self, host: str, command: str) -> Output:
        return self.lab.exec(host, f"PATH=$PATH:/snap/bin; {command}", timeout=250)

    def out(self, host: str, command: str) -> str:
        return self.run(host, command).stdout

    def background(self, host: str, command: str) -> str:
        """Start a command in a process group of its own, and return the group's number."""
        quiet = ">/tmp/output 2>&1 </dev/null"
        script = f"setsid sh -c 'echo $$ >/tmp/group; {command}; echo $? >/tmp/rc' {quiet} &"
        self.run(host, f"rm -f /tmp/group /tmp/rc; {script}")
        poll(lambda: self.out(host, "cat /tmp/group 2>/dev/null") != "", "the command's group")
        return self.out(host, "cat /tmp/group").strip()

    def install(self, *hosts: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda host: self.run(host, INSTALL), hosts))
        assert [output.returncode for output in done] == [0] * len(hosts), done

    def set_fact(self, host: str, name: str, value: float) -> None:
        """Set what the lab says of a host, and restart the host's daemon, which has read it."""
        self.run(host, f'sed -i \'s/"durations"/"{name}": {value}, &/\' /lab/host.json')
        self.restart_daemon(host)

    def restart_daemon(self, host: str, signal: str = "TERM") -> None:
        """End the host's daemon, and return once another answers.

        A command that is given while the former one ends is cut off, as by snapd itself.
        """
        before = self._daemons(host)
        self.run(host, f"pkill -{signal} -f '{DAEMON}'")
        poll(lambda: self._is_another(host, before), f"another daemon of {host}", 60)

    def _daemons(self, host: str) -> set[str]:
        return set(self.out(host, f"pgrep -f '{DAEMON}'").split())

    def _is_another(self, host: str, before: set[str]) -> bool:
        now = self._daemons(host)
        return bool(now) and not now & before and self.run(host, "snap list").returncode == 0

    def token(self, seed: str = "n1") -> str:
        output = self.run(seed, "microk8s add-node --format token-check")
        assert output.returncode == 0, output
        return output.stdout.strip()

    def join(self, host: str, seed: str = "n1", options: str = "", token: str = "") -> Output:
        url = f"{self.addresses[seed]}:25000/{token or self.token(seed)}"
        return self.run(host, f"microk8s join {url} {options}")

    def form(self, *control_planes: str, workers: tuple[str, ...] = ()) -> None:
        self.install(*control_planes, *workers)
        for host in control_planes[1:]:
            assert self.join(host, control_planes[0]).returncode == 0
        for host in workers:
            assert self.join(host, control_planes[0], "--worker").returncode == 0

    def members(self, host: str = "n1") -> list[str]:
        """The addresses of the datastore's members, as its leader has them."""
        output = self.run(host, f"{DQLITE} .cluster")
        found = json.loads(output.stdout) if output.returncode == 0 else []
        return sorted(str(m["Address"]).partition(":")[0] for m in found)

    def node_status(self, node: str, asked: str = "n1") -> str:
        """`Ready`, `NotReady` or nothing where there is no such node."""
        table = self.out(asked, "microk8s kubectl get nodes --no-headers")
        rows = [line.split() for line in table.splitlines()]
        return next((row[1] for row in rows if row and row[0] == node), "")

    def effects(self, host: str, what: str) -> list[dict[str, Any]]:
        path = self.lab.log_directory(host) / "effects.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]


def poll(happened: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@contextmanager
def lab_of(count: int, name: str, **options: Any) -> Iterator[Lab]:
    with Lab.up(count, name=name, **options) as lab:
        yield lab
