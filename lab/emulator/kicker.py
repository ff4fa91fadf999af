"""The service daemon-apiserver-kicker: server certificates that fit the node's authority.

After a control plane join the node has another authority than the one that issued its server
certificate. The kicker issues it anew and restarts who serves it. Between the two the agent serves
another certificate than the file holds, and if the restart fails it does so for good: the next
round finds nothing left to do.
"""

import threading
from collections.abc import Callable

from lab.emulator import certificates, faults, host, journal, locks, service_log, services


class Kicker:
    """The running kicker."""

    def __init__(
        self, active: Callable[[], list[str]], restart: Callable[[list[str]], None]
    ) -> None:
        self._active, self._restart = active, restart
        self._ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def alive(self) -> bool:
        return not self._ended.is_set()

    def stop(self, graceful: bool = True) -> None:
        self._ended.set()

    def _run(self) -> None:
        # 3 s after a join on the average; MicroK8s looks every 5 s.
        while not self._ended.wait(host.this_host().choose(0.3, 1.0, 5.0)):
            if services.KUBELITE in self._active() and not locks.exists(locks.JOINING):
                try:
                    self._look_at_certificates()
                except OSError as error:
                    service_log.write(
                        services.KICKER, f"cannot issue the server certificate: {error}"
                    )

    def _look_at_certificates(self) -> None:
        if certificates.is_server_of_own_authority():
            return
        certificates.issue_server(host.hostname())
        journal.effect("server-certificate-issued")
        if any(f["action"] == "kicker-fails" for f in faults.take(["kicker", "restart"])):
            service_log.write(
                services.KICKER, 'error: snap "microk8s" has "auto-refresh" change in progress'
            )
            return
        service_log.write(services.KICKER, "cert change detected. Restarting the cluster-agent")
        self._restart([services.AGENT])
        service_log.write(services.KICKER, "cert change detected. Reconfiguring the kube-apiserver")
        self._restart([services.KUBELITE, "daemon-containerd"])
        journal.effect("kicked")
