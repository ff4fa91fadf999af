"""The snap's own kubectl binary, which works on workers with the kubelet's credentials."""

import os

from lab.emulator import api, locks, node_lease, objects, provider, terminal
from lab.emulator.commands import kubectl, kubectl_get
from lab.emulator.real_snap import kubectl_rows


def run(words: list[str]) -> int:
    rest, options = kubectl.parse(words)
    config = options.get("--kubeconfig", "")
    if config and not os.access(config, os.R_OK):
        terminal.fail(f"error: error loading config file: open {config}: no such file or directory")
    if kubectl_rows.answer(rest):
        return 0
    if not locks.is_worker():
        return kubectl.execute(words)
    return _run_on_worker(words)


def _run_on_worker(words: list[str]) -> int:
    """Only reading, and only while an API server can be reached over the network."""
    rest, options = kubectl.parse(words)
    if not any(api.is_listening(endpoint, 2.0) for endpoint in provider.endpoints()):
        terminal.fail(api.REFUSED)
    problem = node_lease.reach()
    if problem:
        terminal.fail(f"Unable to connect to the server: {problem}")
    if not rest or rest[0] not in ("get", "version"):
        terminal.fail("Error from server (Forbidden): only reading is allowed for system:node")
    cluster = objects.own_cluster_id()
    return kubectl_get.run(kubectl.Call(cluster, rest[0], rest[1:], options))
