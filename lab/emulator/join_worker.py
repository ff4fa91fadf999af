"""What an accepted host does to become a worker."""

import shutil
from typing import Any

from lab.emulator import (
    control,
    faults,
    files,
    host,
    join_client,
    join_control_plane,
    journal,
    layout,
    locks,
    objects,
    paths,
    provider,
    services,
    terminal,
)
from lab.emulator.connection import Connection

DONE = f"""
The node has joined the cluster and will appear in the nodes list in a few seconds.

This worker node gets automatically configured with the API server endpoints.
If the API servers are behind a loadbalancer please set the '--refresh-interval' to '0s' in:
    {paths.ARGS}/apiserver-proxy
and replace the API server endpoints with the one provided by the loadbalancer in:
    {paths.ARGS}/traefik/provider.yaml
"""


def become(to: Connection, answer: dict[str, Any]) -> None:
    previous = objects.own_cluster_id()
    # The requests for certificates are not verified by fingerprint: the answer named the CA.
    peer = join_client.Peer(to.address, to.port, to.fingerprint, skip_verify=True)
    files.write(f"{paths.CERTS}/ca.remote.crt", answer["ca"])
    for purpose in ("kubelet", "proxy"):
        signed = join_client.request_certificate(peer, f"{to.token}-{purpose}", purpose)
        files.write(f"{paths.CERTS}/{purpose}.crt", signed)
    control.ask("stop", [name for name in services.ALL if name != services.AGENT])
    host.work("join")
    if not faults.has("false-success"):
        provider.write(list(answer["control_plane_nodes"]))
    join_control_plane.take_over_kubelet(answer)
    for name in (locks.CLUSTERED, locks.NO_DQLITE, locks.NO_CERT_REISSUE):
        locks.put(name)
    locks.clear(locks.NO_APISERVER_PROXY)
    layout.write_kubeconfigs()
    # A worker has no datastore.
    shutil.rmtree(paths.BACKEND, ignore_errors=True)
    objects.Lease(previous).end(host.hostname())
    control.ask("start", list(services.ALL))
    journal.effect("worker-joined", seed=to.address)
    terminal.out(DONE)
