"""The host's services: which run, how they start in order and stop in reverse."""

import os
import threading
from collections.abc import Iterable
from typing import Protocol

from lab.emulator import datastore, files, host, locks, paths, service_log, services, snapd
from lab.emulator.real_snap import cluster_id, plan

# Written from outside of the host; it counts for the next boot alone.
RESTORED = f"{paths.LAB}/services.json"
DROP_INS = "/run/systemd/system/snap.microk8s.{}.service.d"
RESTART_SECONDS = 0.1
"""After so long systemd starts a service again that was killed."""


class Service(Protocol):
    """A service that runs from construction until it is stopped."""

    def alive(self) -> bool: ...

    def stop(self, graceful: bool = True) -> None: ...


class Idle:
    """A service of which nothing but its being active matters."""

    def alive(self) -> bool:
        return True

    def stop(self, graceful: bool = True) -> None:
        """Nothing to end."""


class ServiceSupervisor:
    """All services of this host."""

    def __init__(self) -> None:
        self._running: dict[str, Service] = {}
        self._lock = threading.RLock()
        self._stays_down: set[str] = set()
        self.read_drop_ins()

    def boot(self) -> None:
        """Start what is enabled; on a host that was put back to a save, what ran there then."""
        restored = files.read_json(RESTORED, None)
        files.remove(RESTORED)
        enabled = [name for name in services.ALL if snapd.is_enabled(name)]
        self.start(enabled if restored is None else restored)

    def active(self) -> list[str]:
        # Without the lock: a slow stop must not hold up those who only look.
        return [name for name, service in list(self._running.items()) if service.alive()]

    def start(self, names: Iterable[str]) -> None:
        """Start the named services that this host's role wants and that do not run."""
        with self._lock:
            chosen = set(names)
            for name in services.wanted():
                if name in chosen and not self._is_running(name):
                    self._start_one(name)

    def stop(self, names: Iterable[str], *, graceful: bool = True) -> None:
        with self._lock:
            chosen = set(names)
            for name in [name for name in reversed(self._running) if name in chosen]:
                self._running.pop(name).stop(graceful)
                service_log.write(name, "Stopped")

    def kill(self, names: Iterable[str]) -> None:
        """Kill the services at once, as SIGKILL does; systemd starts them again where it may."""
        with self._lock:
            killed = [name for name in names if name in self._running]
            for name in killed:
                self._running.pop(name).stop(False)
                service_log.write(name, "Main process exited, code=killed, status=9/KILL")
        again = [name for name in killed if name not in self._stays_down]
        timer = threading.Timer(RESTART_SECONDS, self.start, (again,))
        timer.daemon = True
        timer.start()

    def read_drop_ins(self) -> None:
        """See which services systemd does not start again, as of `daemon-reload`."""
        self._stays_down = {name for name in services.ALL if _stays_down(DROP_INS.format(name))}

    def restart(self, names: list[str]) -> None:
        with self._lock:
            self.stop(names)
            host.work("restart")
            self.start(names)

    def _is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].alive()

    def _start_one(self, name: str) -> None:
        try:
            self._running[name] = self._create(name)
            service_log.write(name, "Started")
        except (OSError, datastore.CannotStart) as error:
            service_log.write(name, f"Failed to start: {error}")

    def _create(self, name: str) -> Service:
        """Make a service; only the modules that this host needs are loaded."""
        if name == services.AGENT and plan.has(plan.AGENT):
            from lab.emulator.real_snap.agent_process import AgentProcess

            return AgentProcess()
        if name == services.AGENT:
            from lab.emulator.agent import ClusterAgent

            return ClusterAgent(self.restart)
        if name == services.KUBELITE:
            from lab.emulator.kubelet import Kubelite

            return Kubelite()
        if name == services.KICKER:
            from lab.emulator.kicker import Kicker

            return Kicker(self.active, self.restart)
        if name == services.APISERVER_PROXY:
            from lab.emulator.apiserver_proxy import ApiserverProxy

            return ApiserverProxy()
        return _datastore() if name == services.DQLITE else Idle()


def _stays_down(folder: str) -> bool:
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return any("Restart=no" in files.read(f"{folder}/{name}").split() for name in names)


def _datastore() -> Service:
    if plan.is_shown():
        cluster_id.settle()
    if host.this_host().dqlite == "real":
        from lab.emulator.dqlite_process import DqliteProcess

        return DqliteProcess()
    from lab.emulator.dqlite_model import DqliteModel

    return DqliteModel()


def forget_stale_sockets() -> None:
    files.remove(paths.DAEMON_SOCKET)
    if locks.is_installed():
        files.remove(paths.KINE_SOCKET)
