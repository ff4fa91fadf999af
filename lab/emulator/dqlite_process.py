"""The service daemon-k8s-dqlite where dqlite is real: one `dqlite-demo` process."""

import os
import signal
import subprocess
import time
from contextlib import suppress

from lab.emulator import (
    datastore,
    dqlite_wire,
    files,
    host,
    membership,
    node_store,
    paths,
    service_log,
    services,
)

API_ADDRESS = "127.0.0.1:25080"
PID_FILE = "/run/lab-dqlite.pid"
START_SECONDS = 10.0
POLL_SECONDS = 0.02
OWN_STORE_SECONDS = 30.0


class DqliteProcess:
    """A running dqlite server with its data in the snap's backend folder."""

    def __init__(self) -> None:
        end_stray()
        start = datastore.prepare()
        self.address = start.address
        link_backend(self.address)
        self._process = self._launch(start)
        self._wait_until_it_answers()
        start.consumed()
        self._kine = datastore.open_kine_socket()
        is_quicker = host.period("store_seconds") < OWN_STORE_SECONDS
        self._refresher = node_store.StoreRefresher(self.alive) if is_quicker else None

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self, graceful: bool = True) -> None:
        """End the server; gracefully means that it hands its role and leadership over first."""
        if self._refresher:
            self._refresher.stop()
        self._kine.close()
        files.remove(paths.KINE_SOCKET)
        self._process.send_signal(signal.SIGTERM if graceful else signal.SIGKILL)
        try:
            self._process.wait(host.this_host().choose(10.0, 15.0, 30.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        files.remove(PID_FILE)

    def _launch(self, start: datastore.Start) -> subprocess.Popen[bytes]:
        command = ["dqlite-demo", "-a", API_ADDRESS, "-d", self.address, "-D", paths.KUBERNETES]
        for voter in start.cluster:
            command += ["-j", voter]
        os.makedirs(paths.SERVICE_LOGS, exist_ok=True)
        with open(service_log.path(services.DQLITE), "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        files.write(PID_FILE, str(process.pid))
        return process

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.alive() and time.monotonic() < deadline:
            with suppress(dqlite_wire.Unreachable):
                dqlite_wire.describe(self.address, membership.timeout())
                return
            time.sleep(POLL_SECONDS)
        message = f"cannot start dqlite on {self.address}: no answer within {START_SECONDS:.0f} s"
        service_log.write(services.DQLITE, message)


def link_backend(address: str) -> None:
    """Let dqlite-demo, which keeps its data in DIRECTORY/ADDRESS, find the backend folder."""
    for name in os.listdir(paths.KUBERNETES):
        if name.endswith(f":{membership.PORT}"):
            files.remove(f"{paths.KUBERNETES}/{name}")
    os.symlink("backend", f"{paths.KUBERNETES}/{address}")


def end_stray() -> None:
    """End the server that a killed daemon left behind."""
    pid = files.read(PID_FILE)
    if pid and files.read(f"/proc/{pid}/comm").strip() == "dqlite-demo":
        os.kill(int(pid), signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}/exe") and files.read(f"/proc/{pid}/cmdline"):
            time.sleep(POLL_SECONDS)
