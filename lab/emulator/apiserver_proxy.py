"""The service daemon-apiserver-proxy: a worker's local way to the API servers.

It asks one of those that it knows for the `kubernetes` Endpoints and knows only these from then
on, whether or not it can reach them: with nothing but dead or own addresses it never gets back.
"""

import threading
from contextlib import suppress

from lab.emulator import api, arguments, host, listener, node_lease, provider, service_log, services


class ApiserverProxy:
    """The running proxy."""

    def __init__(self) -> None:
        # On all addresses, as in MicroK8s: an endpoint that is this worker's own leads to itself.
        self._port = listener.Listener("0.0.0.0", api.PORT, listener.accept_and_close)  # noqa: S104 # as MicroK8s' own proxy
        self._ended = threading.Event()
        # With a load balancer in front of the API servers there is nothing to refresh.
        if arguments.value("apiserver-proxy", "--refresh-interval") != "0s":
            threading.Thread(target=self._refresh, daemon=True).start()

    def alive(self) -> bool:
        return not self._ended.is_set()

    def stop(self, graceful: bool = True) -> None:
        self._ended.set()
        self._port.close()

    def _refresh(self) -> None:
        while not self._ended.wait(host.period("proxy_seconds")):
            with suppress(OSError):
                answer = node_lease.ask("ENDPOINTS", {})
                found = [str(address) for address in answer.get("endpoints", [])]
                if found and found != sorted(provider.endpoints()) and not self._ended.is_set():
                    service_log.write(services.APISERVER_PROXY, "updating endpoints")
                    provider.write(found)
