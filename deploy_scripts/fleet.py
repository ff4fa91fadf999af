"""The only code that touches pyinfra's State: runs deploys and facts on hosts, host by host judged.

The deploys stay ordinary pyinfra: ``pyinfra deploy_scripts/example_inventory.py
deploy_scripts.install_microk8s.install --data channel=1.32/stable`` runs one by hand.
One State at a time in a process, since pyinfra's contexts are global; hosts run in parallel when
gevent is patched, as it is in a Celery worker's child.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import gevent
from paramiko import SSHClient
from pyinfra.api import BaseStateCallback, Config, FactBase, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.deploy import add_deploy
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operations import run_ops
from pyinfra.context import ctx_host, ctx_state

from deploy_scripts import connections
from deploy_scripts.connections import SshFiles, Target
from deploy_scripts.errors import HostFailure, Permanent, Transient
from deploy_scripts.failures import connect_failure, operation_failure
from deploy_scripts.redaction import redact

__all__ = ["Fleet", "HostReport", "Target"]
CONNECT_SECONDS = 10
LOCAL_MARGIN_SECONDS = 15
"""How much longer than the remote time-out the local wait is."""
HOPELESS = frozenset({"host-key-changed", "authentication-failed"})


@dataclass(frozen=True, slots=True)
class HostReport:
    """What the fleet says of one host while a step runs."""

    host: str
    status: str
    """``running``, ``done``, ``failed`` or ``skipped``."""
    operation: str = ""
    detail: str = ""
    seconds: float = 0.0


def ignore(report: HostReport) -> None:
    """Take a report and do nothing."""


@dataclass
class _Run(BaseStateCallback):
    """One State: who failed to connect, and how; pyinfra calls its methods."""

    fleet: "Fleet"
    failures: dict[str, HostFailure] = field(default_factory=dict)
    operation: str = ""

    def host_connect(self, state: State, host: Host) -> None:  # type: ignore[override]  # bound, not static
        connections.tune(_client(host))

    def host_connect_error(self, state: State, host: Host, error: Exception) -> None:  # type: ignore[override]  # bound
        target = self.fleet.target(host.name)
        self.failures[host.name] = connect_failure(target, error)

    def operation_host_start(self, state: State, host: Host, op_hash: str) -> None:  # type: ignore[override]  # bound
        names = state.get_op_meta(op_hash).names
        self.fleet.say(host.name, "running", redact(min(names).split(" | ")[-1]))


class Fleet:
    """The hosts that a step may reach."""

    def __init__(
        self,
        targets: Iterable[Target],
        *,
        done: Collection[str] = (),
        report: Callable[[HostReport], None] = ignore,
        connect_timeout: int = CONNECT_SECONDS,
    ) -> None:
        self._targets = {target.name: target for target in targets}
        self._done = set(done)
        self._report = report
        self._connect_timeout = connect_timeout
        self._began = monotonic()
        self._clients: dict[str, Any] = {}
        self._aborted = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._targets)

    def target(self, name: str) -> Target:
        return self._targets[name]

    def node_address(self, name: str) -> str:
        return self._targets[name].node_address

    def pending(self, hosts: Sequence[str]) -> tuple[str, ...]:
        """Return the hosts that no earlier attempt of the step finished."""
        return tuple(name for name in hosts if name not in self._done)

    def mark_done(self, host: str, detail: str = "") -> None:
        """Record that a host needs nothing more in this step."""
        self._done.add(host)
        self.say(host, "done", detail=detail)

    def say(self, host: str, status: str, operation: str = "", detail: str = "") -> None:
        seconds = monotonic() - self._began
        self._report(HostReport(host, status, operation, detail, seconds))

    def abort(self) -> None:
        """Cut every connection, so that whatever is in flight fails at once."""
        self._aborted = True
        for client in list(self._clients.values()):
            connections.close(client)

    def close(self) -> None:
        """Hand the open connections over to the next fleet in this process."""
        for name, client in self._clients.items():
            if self._aborted:
                connections.close(client)
            else:
                connections.give_back(self._targets[name], client)
        self._clients.clear()

    def run(
        self, deploy: Callable[..., Any], *, on: Sequence[str], timeout: int = 60, **kwargs: Any
    ) -> dict[str, tuple[str, ...]]:
        """Run a deploy on every host in ``on``; return what each printed.

        Raises ``Transient`` or ``Permanent`` once every host has ended, if any failed.
        """
        said, failures = self.try_run(deploy, on=on, timeout=timeout, **kwargs)
        self._raise(failures)
        return said

    def facts(
        self, fact: type[FactBase[Any]], *, on: Sequence[str], **kwargs: Any
    ) -> dict[str, Any]:
        """Return a fact of every host in ``on``, or raise as ``run`` does."""
        found, failures = self.try_facts(fact, on=on, **kwargs)
        self._raise(failures)
        return found

    def try_run(
        self, deploy: Callable[..., Any], *, on: Sequence[str], timeout: int = 60, **kwargs: Any
    ) -> tuple[dict[str, tuple[str, ...]], tuple[HostFailure, ...]]:
        """Run a deploy; return what each host printed, and the failures of the others."""
        if not on:
            return {}, ()
        broken = ""
        with self._state(on) as (state, run):
            if state.inventory.get_active_hosts():
                add_deploy(state, deploy, _timeout=timeout + LOCAL_MARGIN_SECONDS, **kwargs)
            try:
                run_ops(state)
            except PyinfraError:
                pass  # every host failed: each is judged below
            except Exception as error:  # a greenlet's own end, such as a connection that was cut
                broken = redact(repr(error))
            said: dict[str, tuple[str, ...]] = {}
            for host in state.inventory:
                failure = run.failures.get(host.name) or operation_failure(state, host, broken)
                if failure:
                    run.failures[host.name] = failure
                else:
                    said[host.name] = _printed(state, host)
        return said, self._failed(run)

    def try_facts(
        self, fact: type[FactBase[Any]], *, on: Sequence[str], **kwargs: Any
    ) -> tuple[dict[str, Any], tuple[HostFailure, ...]]:
        """Read a fact of each host in parallel; return those read, and the failures."""
        if not on:
            return {}, ()
        found: dict[str, Any] = {}
        with self._state(on) as (state, run):

            def read(host: Host) -> None:
                with ctx_host.use(host):
                    try:
                        found[host.name] = host.get_fact(fact, **kwargs)
                    except Exception as error:  # one host's failure is that host's alone
                        message = f"cannot read {fact.__name__} of {host.name}: {error!r}"
                        run.failures[host.name] = HostFailure(host.name, redact(message))

            with ctx_state.use(state):
                jobs = [gevent.spawn(read, host) for host in state.inventory.get_active_hosts()]
                gevent.joinall(jobs)
            for host in state.failed_hosts:
                found.pop(host.name, None)
                message = f"cannot read {fact.__name__} of {host.name}: its command failed"
                run.failures.setdefault(host.name, HostFailure(host.name, message))
        return found, self._failed(run)

    @contextmanager
    def _state(self, on: Sequence[str]) -> Iterator[tuple[State, _Run]]:
        """Connect a State to the hosts; whoever cannot be reached is a failure of the run."""
        targets = [self._targets[name] for name in on]
        files = SshFiles(targets)
        rows = [(t.name, files.data(t, self._connect_timeout)) for t in targets]
        state = State(
            Inventory((rows, {})),
            Config(CONNECT_TIMEOUT=self._connect_timeout),
            check_for_changes=False,
        )
        run = _Run(self)
        state.add_callback_handler(run)
        try:
            self._reuse(state)
            # "No hosts remaining" is no news: each host's own failure was noted.
            with suppress(PyinfraError):
                connect_all(state)
            self._remember(state)
            yield state, run
        finally:
            self._drop_broken()
            ctx_state.reset()  # pyinfra leaves its contexts set when a deploy raises
            ctx_host.reset()
            files.remove()

    def _reuse(self, state: State) -> None:
        for host in state.inventory:
            client = self._clients.get(host.name) or connections.take(self._targets[host.name])
            if client is not None:
                host.connector.client = client  # type: ignore[attr-defined]  # the SSH connector's own
                host.connected = True

    def _remember(self, state: State) -> None:
        for host in state.inventory:
            if host.connected:
                self._clients[host.name] = _client(host)
        if self._aborted:
            self.abort()

    def _drop_broken(self) -> None:
        for name, client in list(self._clients.items()):
            transport = client.get_transport()
            if transport is None or not transport.is_active():
                connections.close(self._clients.pop(name))

    def _failed(self, run: _Run) -> tuple[HostFailure, ...]:
        for failure in run.failures.values():
            self.say(failure.host, "failed", detail=failure.message)
        return tuple(run.failures.values())

    def _raise(self, failures: Sequence[HostFailure]) -> None:
        if not failures:
            return
        kind = Permanent if {failure.code for failure in failures} <= HOPELESS else Transient
        first = failures[0]
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        raise kind(f"{first.message}{more}", failures=tuple(failures), advice=first.advice)


def _client(host: Host) -> SSHClient:
    client: SSHClient = host.connector.client  # type: ignore[attr-defined]  # the SSH connector's own
    return client


def _printed(state: State, host: Host) -> tuple[str, ...]:
    ops: Mapping[str, Any] = state.ops.get(host, {})
    return tuple(
        line
        for data in ops.values()
        if data.operation_meta.is_complete()
        for line in data.operation_meta.stdout_lines
    )
