"""The controller manager's part in a node's readiness: who was silent for too long is not ready.

Only its leader judges. When that one goes, another takes over when its lease has run out, and
counts every node's silence anew: until then the API goes on saying Ready.
"""

import os
import time

from lab.emulator import files, host, objects


class Controller:
    """The controller manager of one running kubelite."""

    def __init__(self) -> None:
        self._identity = f"{host.hostname()}_{os.urandom(8).hex()}"
        self._heard: dict[str, tuple[float, float]] = {}

    def look(self, cluster: str) -> None:
        """Judge the nodes, if this one leads or may take the lead."""
        if not self._leads(cluster):
            self._heard = {}
            return
        lease, now = objects.Lease(cluster), time.monotonic()
        for name in objects.read(cluster)["nodes"]:
            renewed = lease.renewed(name) or 0.0
            previous, since = self._heard.get(name, (None, now))
            since = now if renewed != previous else since
            self._heard[name] = (renewed, since)
            if now - since >= host.period("grace_seconds"):
                lease.mark_silent(name)

    def _leads(self, cluster: str) -> bool:
        path = f"{objects.folder(cluster)}/controller-manager.json"
        held = files.read_json(path, {"holder": "", "renewed": 0.0})
        is_own = held["holder"] == self._identity
        lease_seconds = host.this_host().choose(2.0, 4.0, 60.0)
        if not is_own and time.time() - float(held["renewed"]) < lease_seconds:
            return False
        files.write_json(path, {"holder": self._identity, "renewed": time.time()})
        return True
