"""The supervised stack with its real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from answering_api import answering

from cli import stack as stack_module
from cli.child import Child, Recipe, back_off
from cli.errors import CannotStart
from cli.redis_server import socket_path
from cli.stack import Stack, StackOptions, check_port_free

START_SECONDS = 150
OF_A_LAB = "127.0.99.11"
"""An address that a host of a lab may have."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
e2e = pytest.mark.e2e


@dataclass
class Running:
    """One ``clusterwright up`` and the way to talk to it."""

    process: subprocess.Popen[bytes]
    data: Path
    port: int
    output: Path

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        url = f"http://127.0.0.1:{self.port}"
        return subprocess.run(
            [sys.executable, "-m", "cli", "--url", url, *words],
            env={**clean_environment(), "CLUSTERWRIGHT_DATA": str(self.data)},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )

    def processes(self) -> set[int]:
        """Return every process below the supervisor."""
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, check=True)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
        found = {self.process.pid}
        while more := {pid for pid, parent in rows if parent in found} - found:
            found |= more
        return found - {self.process.pid}


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("CLUSTERWRIGHT", "REDIS"))}


def until(found: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_stack_that_is_not_ready_in_time_says_what_the_api_says(tmp_path, monkeypatch):
    monkeypatch.setattr(stack_module, "START_SECONDS", 0.2)
    detail = "cannot have changes carried out: Redis is a replica, and a replica takes nothing."

    with answering(readyz=(503, {"title": "Not ready", "detail": detail})) as api:
        stack = Stack(StackOptions(tmp_path, api.url.removeprefix("http://")), lambda _: None)
        with pytest.raises(CannotStart, match=r"says: .* takes nothing; look at the logs in"):
            stack.await_ready()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data, output = tmp_path / "data", tmp_path / "up.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cli", "up", "--data", str(data)),
                *("--bind", f"127.0.0.1:{port}", "--api-processes", "1", "--concurrency", "1"),
            ],
            env=clean_environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    running = Running(process, data, port, output)
    try:
        until(lambda: "ready;" in output.read_text() or process.poll() is not None)
        assert process.poll() is None, output.read_text()
        yield running
    finally:
        process.terminate()
        process.wait(60)


@e2e
def test_a_job_that_fails_is_told_with_its_host_and_kept_over_a_restart_of_every_process(stack):
    with socket.create_server((OF_A_LAB, 0)) as closed:
        port = closed.getsockname()[1]
    added = stack.cli(
        *("hosts", "add", "n1", "--address", OF_A_LAB, "--port", str(port)),
        *("--node-address", "10.79.0.11", "--host-key", KEY),
    )
    assert added.returncode == 0, added.stderr
    exported = stack.data / "hosts.json"
    exported.write_text(stack.cli("hosts", "list", "--json").stdout)
    assert stack.cli("hosts", "import", str(exported)).stdout == "1 host unchanged: n1\n"
    (stack.data / "keys" / "default").touch(mode=0o600)

    changed = stack.cli("change", "create-cluster", "dev", "--control-plane", "n1", "--wait")

    assert changed.returncode == 1
    assert "preflight failed" in changed.stdout
    assert "n1" in changed.stdout.partition("preflight failed")[2]
    assert "next: " in changed.stdout
    victims = stack.processes()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(alive, victims)))
    until(lambda: stack.cli("jobs", "list", "--json").returncode == 0)
    listed = json.loads(stack.cli("jobs", "list", "--json").stdout)["jobs"]
    assert [job["status"] for job in listed] == ["failed"]
    shown = stack.cli("jobs", "show", listed[0]["id"][:8])
    assert "preflight failed" in shown.stdout
    assert stack.cli("watch", listed[0]["id"]).returncode == 1


@e2e
def test_a_killed_supervisor_leaves_no_process(stack):
    below = stack.processes()
    assert len(below) >= 3

    stack.process.kill()
    stack.process.wait()

    until(lambda: not any(map(alive, below)))


@e2e
def test_a_second_stack_on_the_same_data_says_what_runs(stack):
    second = stack.cli("up", "--data", str(stack.data))

    assert second.returncode == 1
    assert f"process {stack.process.pid} serves http://127.0.0.1:{stack.port}" in second.stderr


@e2e
def test_an_interrupted_stack_ends_its_processes_and_exits_0(stack):
    below = stack.processes()

    stack.process.send_signal(signal.SIGINT)

    assert stack.process.wait(60) == 0
    assert not any(map(alive, below))
    assert stack.cli("hosts", "list").returncode == 1


def test_a_taken_port_is_refused_before_anything_is_started():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(CannotStart, match="choose another with --bind"):
            check_port_free(bind)


@pytest.mark.parametrize("bind", ["8460", ":8460", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:0"])
def test_an_address_without_host_or_port_is_refused(bind):
    with pytest.raises(CannotStart, match="give address and port"):
        check_port_free(bind)


def test_a_data_directory_too_deep_for_a_socket_is_refused(tmp_path):
    with pytest.raises(CannotStart, match="choose a shorter one with --data"):
        socket_path(tmp_path / ("d" * 100))


def test_the_wait_before_a_start_doubles_up_to_half_a_minute():
    assert [back_off(deaths) for deaths in (1, 2, 3, 7, 20)] == [0.5, 1.0, 2.0, 30.0, 30.0]


def test_the_last_lines_of_a_log_are_shown_to_be_read_whether_they_are_json_or_not(tmp_path):
    log = tmp_path / "celery.log"
    record = {"level": "error", "message": "cannot write logs", "exc_info": "Traceback: x"}
    log.write_text(f"{json.dumps(record)}\nworker: Cold shutdown\n[1]\n{{}}\n")
    child = Child(Recipe("celery", [], {}, log, tmp_path))

    lines = child.last_lines()

    assert lines == [
        "error: cannot write logs\nTraceback: x",
        "worker: Cold shutdown",
        "[1]",
        "{}",
    ]
