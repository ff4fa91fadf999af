"""`cluster.yaml` of this node: rewritten from the leader's answer at times, stale in between."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lab.emulator import datastore, faults, files, host, membership
from lab.emulator.dqlite_wire import Member


class NodeStore:
    """When the file is due; a fault `stale` on `dqlite store` keeps it as it is."""

    def __init__(self) -> None:
        self._written_at: float | None = None

    def is_due(self) -> bool:
        if self._written_at is not None:
            return time.monotonic() - self._written_at >= host.period("store_seconds")
        return True

    def write(self, members: list[Member]) -> None:
        if any(fault["action"] == "stale" for fault in faults.take(["dqlite", "store"])):
            return
        text = membership.render(members)
        # A full disk must not end the datastore.
        with suppress(OSError):
            if files.read(datastore.CLUSTER) != text:
                files.write(datastore.CLUSTER, text)
            self._written_at = time.monotonic()


class StoreRefresher:
    """Rewrites the file for a dqlite that does so every 30 s only, where the lab is quicker."""

    def __init__(self, is_alive: Callable[[], bool]) -> None:
        self._is_alive = is_alive
        self._ended = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """End it: nothing is written after this, so that the folder can be cleared."""
        with self._lock:
            self._ended.set()

    def _run(self) -> None:
        store = NodeStore()
        while not self._ended.wait(host.period("store_seconds")):
            with suppress(membership.NoLeader):
                members = membership.members()
                with self._lock:
                    if not self._ended.is_set() and self._is_alive():
                        store.write(members)
