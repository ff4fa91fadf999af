"""The hosts that a step may reach, and the only code that touches pyinfra's State.

One State at a time in a process, since pyinfra's contexts are global; its hosts run in parallel
once gevent has patched the process, as it does in a Celery worker's child.

The deploys stay ordinary pyinfra, so one runs by hand without any of this::

    pyinfra HOSTS.py deploy_scripts.install_microk8s.install channel=1.32/stable

with the hosts in a file like ``example_inventory.py``.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore
from gevent.monkey import is_module_patched
from pyinfra.api import BaseStateCallback, Config, FactBase, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.deploy import add_deploy
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import get_fact
from pyinfra.api.host import Host
from pyinfra.api.operations import run_ops
from pyinfra.context import ctx_host, ctx_state

from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.fleet.connector import Connector
from deploy_scripts.fleet.errors import HostFailure, Permanent, Transient
from deploy_scripts.fleet.failures import command_failure, connect_failure, fact_failure
from deploy_scripts.fleet.marks import Mark
from deploy_scripts.fleet.pyinfra_constants import remember
from deploy_scripts.fleet.redaction import RedactingFilter, redact
from deploy_scripts.fleet.reports import HostReport, Reporter, ignore
from deploy_scripts.fleet.shell import SENT_BY, Sender
from deploy_scripts.ssh.connect_failures import HOPELESS
from deploy_scripts.ssh.connections import Link, Target

__all__ = ["Fleet", "HostReport", "Target"]
CONNECT_SECONDS = 10
FACT_SECONDS = 60
GIVEN_UP = "given-up"
LOCAL_MARGIN_SECONDS = 15
"""How much longer than the limit on the host the local wait is."""

remember()
_one_state = BoundedSemaphore()
_redacting = RedactingFilter()


class Fleet:
    """The hosts that a step may reach."""

    def __init__(
        self,
        targets: Iterable[Target],
        *,
        done: Collection[str] = (),
        report: Callable[[HostReport], None] = ignore,
        connect_timeout: int = CONNECT_SECONDS,
        mark: Mark | None = None,
        is_undo: bool = False,
        lost: Collection[str] = (),
        shelf: Shelf | None = None,
    ) -> None:
        """``lost`` are hosts that somebody has given up: nothing is tried on them.

        ``shelf`` is where backups stand, for the steps that put one there or read one.
        """
        self._sender = Sender(mark, is_undo=is_undo)
        self._targets = {target.name: target for target in targets}
        self._links = {
            name: Link(target, connect_timeout) for name, target in self._targets.items()
        }
        self._done = set(done)
        self.lost = frozenset(lost)
        self._shelf = shelf
        self._reporter = Reporter(report)
        self._connect_timeout = connect_timeout
        self._is_aborted = False
        logging.getLogger("pyinfra").addFilter(_redacting)
        # Its errors are tracebacks of what a HostFailure says in a sentence.
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._targets)

    @property
    def mark(self) -> Mark:
        """On whose behalf hosts are changed: what is put on them carries it."""
        return self._sender.mark

    @property
    def shelf(self) -> Shelf:
        """Where the backups of clusters stand."""
        if self._shelf is None:
            raise Permanent(
                "cannot reach any backup: this process was given no data directory",
                advice="start Celery workers with CLUSTERWRIGHT_DATA, then retry",
            )
        return self._shelf

    def target(self, name: str) -> Target:
        return self._targets[name]

    def node_address(self, name: str) -> str:
        """Return the address by which the other nodes know a host."""
        return self._targets[name].node_address

    def pending(self, hosts: Sequence[str]) -> tuple[str, ...]:
        """Return the hosts that no earlier attempt of the step finished, and that are not lost."""
        for name in self.lost.intersection(hosts):
            self._reporter.say(name, "skipped", detail="given up as lost")
        return tuple(name for name in hosts if name not in self._done | self.lost)

    def mark_done(self, host: str, detail: str = "", seconds: float | None = None) -> None:
        """Record that a host needs nothing more in this step."""
        self._done.add(host)
        self._reporter.say(host, "done", detail=detail, seconds=seconds)

    def abort(self) -> None:
        """Cut every connection, so that whatever is in flight fails at once, and for good.

        What runs on the hosts ends at its own limit.
        """
        self._is_aborted = True
        for link in self._links.values():
            link.cut()

    def close(self) -> None:
        """Leave the open connections to the next fleet in this process."""
        for link in self._links.values():
            link.release()

    def run(
        self, deploy: Callable[..., Any], *, on: Sequence[str], timeout: int = 60, **kwargs: Any
    ) -> dict[str, tuple[str, ...]]:
        """Run a deploy on every host in ``on``; return what each printed.

        Raises ``Transient`` or ``Permanent`` once every host has ended, if any failed.
        """
        printed, failures = self.try_run(deploy, on=on, timeout=timeout, **kwargs)
        _raise_for(failures)
        return printed

    def facts(
        self,
        fact: type[FactBase[Any]],
        *,
        on: Sequence[str],
        timeout: int = FACT_SECONDS,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return a fact of every host in ``on``, or raise as ``run`` does."""
        found, failures = self.try_facts(fact, on=on, timeout=timeout, **kwargs)
        _raise_for(failures)
        return found

    def try_run(
        self, deploy: Callable[..., Any], *, on: Sequence[str], timeout: int = 60, **kwargs: Any
    ) -> tuple[dict[str, tuple[str, ...]], tuple[HostFailure, ...]]:
        """Run a deploy; return what each host printed, and the failures of the others."""
        printed: dict[str, tuple[str, ...]] = {}
        failures = self._given_up(on)
        on = [name for name in on if name not in failures]
        if not on:
            return printed, tuple(failures.values())
        with self._state(on, timeout, self._reporter.hear) as state:
            add_deploy(state, deploy, _timeout=timeout + LOCAL_MARGIN_SECONDS, **kwargs)
            # "No hosts remaining" is no news: each host is judged below.
            with suppress(PyinfraError):
                run_ops(state)
            for host in state.inventory:
                failure = self._unreached(host) or self._failed_operation(state, host)
                if failure:
                    failures[host.name] = failure
                else:
                    printed[host.name] = _printed(state, host)
        return printed, self._reported(failures)

    def try_facts(
        self,
        fact: type[FactBase[Any]],
        *,
        on: Sequence[str],
        timeout: int = FACT_SECONDS,
        **kwargs: Any,
    ) -> tuple[dict[str, Any], tuple[HostFailure, ...]]:
        """Read a fact of each host in parallel; return those read, and the failures."""
        found: dict[str, Any] = {}
        failures = self._given_up(on)
        on = [name for name in on if name not in failures]
        if not on:
            return found, tuple(failures.values())
        kwargs["_timeout"] = timeout + LOCAL_MARGIN_SECONDS

        def read(state: State, host: Host) -> None:
            try:
                with ctx_host.use(host):
                    value = get_fact(state, host, fact, kwargs=kwargs, apply_failed_hosts=False)
            except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
                failures[host.name] = self._unreadable(host, fact, error)
                return
            failure = self._failed_fact(host, fact)
            if failure is None and value is None:
                # What pyinfra makes of no line at all; every fact of ours prints one.
                failure = self._unreadable(host, fact, ValueError("it printed nothing"))
            if failure:
                failures[host.name] = failure
            else:
                found[host.name] = value

        # What a fact prints is for its parser, not for whoever watches.
        with self._state(on, timeout, _unheard) as state, ctx_state.use(state):
            hosts = state.inventory.get_active_hosts()
            gevent.joinall([gevent.spawn(read, state, host) for host in hosts], raise_error=True)
            for host in state.inventory:
                unreached = self._unreached(host)
                if unreached:
                    failures[host.name] = unreached
        return found, self._reported(failures)

    def _given_up(self, on: Sequence[str]) -> dict[str, HostFailure]:
        """Return why nothing is tried on hosts that are lost."""
        return {
            name: HostFailure(
                name,
                f"cannot use {name}: it was given up as lost",
                code=GIVEN_UP,
                advice="roll back without the hosts that are lost with it, too",
            )
            for name in on
            if name in self.lost
        }

    @contextmanager
    def _state(
        self, on: Sequence[str], timeout: int, hear: Callable[[str, str], None]
    ) -> Iterator[State]:
        """Connect a State to the hosts; whoever cannot be reached is left out of it."""
        self._refuse_if_unfit()
        names = list(dict.fromkeys(on))
        with _one_state:
            config = Config(CONNECT_TIMEOUT=self._connect_timeout, PARALLEL=max(1, len(names)))
            hosts = Inventory((names, {SENT_BY: self._sender}))
            state = State(hosts, config, check_for_changes=False)
            limit = timeout + LOCAL_MARGIN_SECONDS
            state.add_callback_handler(_Progress(self._reporter, limit))
            for host in state.inventory:
                link = self._links[host.name]
                host.connector = Connector(state, host, link=link, hear=hear, limit=timeout)
            try:
                with suppress(PyinfraError):  # raised when no host can be reached
                    connect_all(state)
                yield state
            finally:
                state.pool.kill()
                ctx_state.reset()  # pyinfra leaves its contexts set when a deploy raises
                ctx_host.reset()

    def _refuse_if_unfit(self) -> None:
        if self._is_aborted:
            raise Transient("cannot go on: the run was interrupted")
        if not is_module_patched("socket") or not is_module_patched("threading"):
            raise RuntimeError(
                "cannot run anything on hosts: gevent has not patched this process, so time limits "
                "would never fire; call gevent.monkey.patch_all() first"
            )

    def _unreached(self, host: Host) -> HostFailure | None:
        if host.connected:
            return None
        return connect_failure(self._targets[host.name], _connector(host).refusal)

    def _failed_operation(self, state: State, host: Host) -> HostFailure | None:
        """Return why the host failed; a host stops at its first failed operation."""
        for op_hash in host.op_hash_order:
            meta = state.ops[host][op_hash].operation_meta
            if meta.is_complete() and meta.did_succeed():
                continue
            target, outcome = self._targets[host.name], _connector(host).outcome
            return command_failure(target, _short_name(state, op_hash), outcome)
        return None

    def _failed_fact(self, host: Host, fact: type[FactBase[Any]]) -> HostFailure | None:
        """Return why a fact's command failed, which pyinfra answers with the fact's default."""
        outcome = _connector(host).outcome
        if outcome.is_good:
            return None
        return command_failure(self._targets[host.name], f"Read {fact.__name__}", outcome)

    def _unreadable(self, host: Host, fact: type[FactBase[Any]], error: Exception) -> HostFailure:
        target, outcome = self._targets[host.name], _connector(host).outcome
        return fact_failure(target, fact.__name__, error, outcome)

    def _reported(self, failures: dict[str, HostFailure]) -> tuple[HostFailure, ...]:
        for failure in failures.values():
            self._reporter.say(failure.host, "failed", failure.operation, failure.message)
        return tuple(failures.values())


def _unheard(host: str, line: str) -> None:
    """Take a line of output and do nothing."""


class _Progress(BaseStateCallback):
    """Reports each operation of a run as it begins on a host."""

    def __init__(self, reporter: Reporter, limit: float) -> None:
        self.reporter, self.limit = reporter, limit

    def operation_host_start(  # type: ignore[override]  # a bound method does as well as a static
        self, state: State, host: Host, op_hash: str
    ) -> None:
        name = redact(_short_name(state, op_hash))
        self.reporter.say(host.name, "running", name, limit=self.limit)


def _raise_for(failures: Sequence[HostFailure]) -> None:
    if not failures:
        return
    codes = {failure.code for failure in failures}
    kind = Permanent if codes <= HOPELESS | {GIVEN_UP} else Transient
    others = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    first = failures[0]
    raise kind(f"{first.message}{others}", failures=failures, advice=first.advice)


def _connector(host: Host) -> Connector:
    if not isinstance(host.connector, Connector):
        raise TypeError(f"cannot judge {host.name}: its connector is not the fleet's")
    return host.connector


def _short_name(state: State, op_hash: str) -> str:
    """Return an operation's name without the deploy's in front."""
    return min(state.get_op_meta(op_hash).names).split(" | ")[-1]


def _printed(state: State, host: Host) -> tuple[str, ...]:
    return tuple(
        line
        for op_hash in host.op_hash_order
        for line in state.ops[host][op_hash].operation_meta.stdout_lines
    )
