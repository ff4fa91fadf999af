"""The service daemon-cluster-agent where the snap's own agent runs."""

import os
import signal
import socket
import subprocess
import time

from lab.emulator import agent_port, paths, service_log, services
from lab.emulator.real_snap import environment

START_SECONDS = 10.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


class AgentProcess:
    """The running agent, started as the snap's service is."""

    def __init__(self) -> None:
        command = [f"{paths.SNAP_MOUNT}/current/run-cluster-agent-with-args"]
        os.makedirs(paths.SERVICE_LOGS, exist_ok=True)
        with open(service_log.path(services.AGENT), "ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=environment.of_snap({"PATH": os.environ.get("PATH", ""), "HOME": "/root"}),
                start_new_session=True,
            )
        self._wait_until_it_listens()

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self, graceful: bool = True) -> None:
        """End the wrapper and the agent that it has started."""
        if self.alive():
            os.killpg(self._process.pid, signal.SIGTERM if graceful else signal.SIGKILL)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.alive() and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", agent_port.PORT), 1.0).close()
            except OSError:
                time.sleep(POLL_SECONDS)
            else:
                return
        text = f"cannot reach the agent on port {agent_port.PORT} within {START_SECONDS:.0f} s"
        service_log.write(services.AGENT, text)
