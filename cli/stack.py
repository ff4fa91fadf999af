"""The stack of Redis, API and Celery workers as one supervised foreground process."""

import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cli import redis_server
from cli.child import Child, Recipe, with_our_modules
from cli.errors import CannotStart
from cli.places import keys_dir, logs_dir
from lab.spec import OUTSIDE_NETWORKS

START_SECONDS = 60.0
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.2
HOPELESS_DEATHS = 3
"""A process that dies so often before the stack is ready will not come up."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What is to be started, and where it keeps its data."""

    data_dir: Path
    bind: str
    api_processes: int = 2
    concurrency: int = 4
    """Steps that the Celery worker carries out at once."""
    redis_url: str | None = None
    """A server that runs already; the stack starts its own when there is none."""

    @property
    def url(self) -> str:
        return f"http://{self.bind}"


class Stack:
    """The processes of one data directory: ``take`` it, ``start``, ``watch``, and ``stop``."""

    def __init__(self, wish: StackOptions, tell: Tell) -> None:
        self.wish, self.tell = wish, tell
        self.children: list[Child] = []
        self._lock: int | None = None
        self._ready = False
        self._unready = ""
        """Why the API does not call itself ready."""

    def take(self) -> None:
        """Keep other stacks off the data directory, or refuse."""
        self._lock = take_lock(self.wish)

    def start(self) -> dict[str, Any]:
        """Start everything, and return what ``/readyz`` says when changes can be carried out."""
        check_port_free(self.wish.bind)
        for folder in (logs_dir(self.wish.data_dir), keys_dir(self.wish.data_dir)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        redis_url = self.wish.redis_url or self._start_redis()
        environment = _environment(self.wish.data_dir, redis_url)
        self._add("api", _api(self.wish), environment)
        # Redis dies as well then, and a Celery worker that ends politely waits for it for ever.
        commands = celery_commands(self.wish)
        self._add("celery", commands["celery"], environment, signal.SIGKILL)
        self.await_ready()
        # After the others, whose start it would make slower: changes do not wait for it.
        # No step has to be given back: what is being sent is sent to its end.
        politely = environment | {"REMAP_SIGTERM": ""}
        self._add("deliveries", commands["deliveries"], politely, signal.SIGKILL)
        answer: dict[str, Any] = self._until(self._delivering, "the stack")
        self._ready = True
        return answer

    def await_ready(self) -> dict[str, Any]:
        """Return what ``/readyz`` says when changes can be carried out, or say why they cannot."""
        answer: dict[str, Any] = self._until(self._readiness, "the stack")
        return answer

    def _delivering(self) -> dict[str, Any] | None:
        """Return the same once receivers of events are told as well, if there are any."""
        ready = self._readiness() or {}
        told = ready.get("checks", {}).get("deliveries", {}).get("status", "pass")
        return ready if ready and told == "pass" else None

    def watch(self) -> None:
        """Start again what dies, until an exception (a signal's, in practice) ends it."""
        while True:
            self._look()
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """End every process, Redis last, and let the data directory go."""
        while self.children:
            self.children.pop().stop()
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _start_redis(self) -> str:
        path = redis_server.socket_path(self.wish.data_dir)
        command = redis_server.command(redis_server.server_program(), self.wish.data_dir, path)
        self._add("redis", command, dict(os.environ))
        self._until(lambda: redis_server.answers(path) or None, "Redis")
        return redis_server.socket_url(path)

    def _add(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        death: signal.Signals = signal.SIGTERM,
    ) -> None:
        log = logs_dir(self.wish.data_dir) / f"{name}.log"
        child = Child(Recipe(name, command, environment, log, self.wish.data_dir, int(death)))
        child.start()
        self.children.append(child)

    def _until(self, found: Callable[[], Any], what: str) -> Any:
        """Wait until something is found, for as long as the processes live."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._look()
            if (answer := found()) is not None:
                return answer
            time.sleep(POLL_SECONDS)
        raise CannotStart(
            f"cannot start {what}: it was not ready within {START_SECONDS:.0f} s; "
            f"{self._unready}look at the logs in {logs_dir(self.wish.data_dir)}"
        )

    def _readiness(self) -> dict[str, Any] | None:
        try:
            answer = httpx.get(f"{self.wish.url}/readyz", timeout=5, trust_env=False)
        except httpx.HTTPError:
            return None
        if answer.status_code == httpx.codes.OK:
            self._unready = ""
            ready: dict[str, Any] = answer.json()
            return ready
        self._unready = _why(answer)
        return None

    def _look(self) -> None:
        """Tell of every death, and start again what is due."""
        for child in self.children:
            code = child.death()
            if code is not None:
                self._mourn(child, code)
            elif child.process is None and time.monotonic() >= child.due:
                child.start()
                self.tell(f"{child.recipe.name} is started again")

    def _mourn(self, child: Child, code: int) -> None:
        name, log = child.recipe.name, child.recipe.log
        if not self._ready and child.deaths >= HOPELESS_DEATHS:
            lines = "\n  ".join(child.last_lines())
            raise CannotStart(
                f"cannot start {name}: it ended {child.deaths} times, the last time with {code}; "
                f"{log} ends with:\n  {lines}"
            )
        wait = max(child.due - time.monotonic(), 0)
        self.tell(f"{name} ended with {code}; starting it again in {wait:.1f} s; see {log}")


def _why(answer: httpx.Response) -> str:
    """Return what a problem document says, to stand before something else to do."""
    try:
        return f"the API says: {answer.json()['detail'].rstrip('.')}; "
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def take_lock(wish: StackOptions) -> int:
    """Keep a second stack off the data directory, or say which one has it."""
    wish.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(wish.data_dir / "stack.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        content = os.read(lock, 4096)
        os.close(lock)
        raise CannotStart(_already_running(wish.data_dir, content)) from None
    os.ftruncate(lock, 0)
    os.write(lock, json.dumps({"pid": os.getpid(), "url": wish.url}).encode())
    return lock


def _already_running(data_dir: Path, content: bytes) -> str:
    try:
        facts = json.loads(content)
        running = f"process {facts['pid']} serves {facts['url']} from it"
    except (ValueError, KeyError):
        running = "another process is starting in it"
    return (
        f"cannot start the stack in {data_dir}: {running}; "
        "use that one, end it, or choose another directory with --data"
    )


def check_port_free(bind: str) -> None:
    """Refuse an address that somebody else listens on."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotStart(f"cannot listen on {bind}: give address and port, as in 127.0.0.1:8460")
    try:
        with socket.create_server((host.strip("[]"), int(port)), family=_family(host)):
            return
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {bind}: {error.strerror or error}; choose another with --bind"
        ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _environment(data_dir: Path, redis_url: str) -> dict[str, str]:
    ours = {
        "CLUSTERWRIGHT_ALLOWED_NETWORKS": os.environ.get("CLUSTERWRIGHT_ALLOWED_NETWORKS")
        or ",".join(("usual", *OUTSIDE_NETWORKS)),
        "CLUSTERWRIGHT_DATA": str(data_dir),
        "REDIS_URL": redis_url,
        # A step that is ended in the middle is resumed by whoever comes next.
        "REMAP_SIGTERM": "SIGQUIT",
        "PYTHONUNBUFFERED": "1",
    }
    return with_our_modules(os.environ | ours)


def _api(wish: StackOptions) -> list[str]:
    processes = str(wish.api_processes)
    return [
        *(sys.executable, "-P", "-m", "api.server"),
        *("--bind", wish.bind, "--workers", processes),
    ]


def celery_commands(wish: StackOptions) -> dict[str, list[str]]:
    """Return how each Celery worker is started, by the name of its log.

    ``deliveries`` tells receivers of events, also while steps take all of ``celery``. It waits for
    answers most of the time, so threads of one process do, and cost the least memory.
    """
    steps = ("-P", "prefork", "-c", str(wish.concurrency), "-Q", "site.default")
    deliveries = ("-P", "threads", "-c", "2", "-Q", "cw-deliveries")
    return {
        "celery": _celery("clusterwright", *steps),
        "deliveries": _celery("clusterwright-deliveries", *deliveries),
    }


def _celery(name: str, *options: str) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "celery", "-A", "workflows.queue", "worker", *options),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        *("--hostname", f"{name}-{os.getpid()}@%h"),
    ]
