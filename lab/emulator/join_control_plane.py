"""What an accepted host does to become a control plane node.

Killed at any point, it leaves what section "join dies half-way" of the MicroK8s facts lists.
"""

import os
import signal
import time
from typing import Any

from lab.emulator import (
    addresses,
    control,
    faults,
    files,
    host,
    journal,
    layout,
    locks,
    membership,
    objects,
    paths,
    services,
    terminal,
)


def become(answer: dict[str, Any]) -> None:
    previous = objects.own_cluster_id()
    _take_over_identity(answer)
    if faults.has("kill-before-dqlite"):
        os.kill(os.getpid(), signal.SIGKILL)
    # The agent runs on, with the certificate that it has loaded.
    control.ask("stop", [services.KUBELITE, services.DQLITE])
    host.work("join")
    _prepare_datastore(answer)
    objects.Lease(previous).end(host.hostname())
    is_member = _wait_until_listed()
    if faults.has("kill-after-member-add"):
        control.ask("stop", [services.DQLITE])
        os.kill(os.getpid(), signal.SIGKILL)
    locks.put(locks.NO_CERT_REISSUE)
    is_false = faults.has("false-success")
    control.ask("start", [name for name in services.ALL if name != services.DQLITE or not is_false])
    if is_member:
        journal.effect("member-added", address=own_member())


def _take_over_identity(answer: dict[str, Any]) -> None:
    files.write(f"{paths.CERTS}/ca.crt", answer["ca"])
    files.write(f"{paths.CERTS}/ca.key", answer["ca_key"])
    files.write(f"{paths.CERTS}/serviceaccount.key", answer["service_account_key"])
    take_over_kubelet(answer)
    layout.write_kubeconfigs()


def take_over_kubelet(answer: dict[str, Any]) -> None:
    """Store the shared token, and the seed's kubelet arguments in place of the node's own."""
    files.write(f"{paths.CREDENTIALS}/callback-token.txt", answer["callback_token"])
    kept = [
        line
        for line in str(answer["kubelet_args"]).splitlines()
        if not line.startswith(("--hostname-override", "--node-ip"))
    ]
    if any(line.startswith("--node-ip") for line in str(answer["kubelet_args"]).splitlines()):
        kept.append(f"--node-ip={answer['hostname_override']}")
    files.write(f"{paths.ARGS}/kubelet", "\n".join(kept) + "\n")


def _prepare_datastore(answer: dict[str, Any]) -> None:
    # The seed's view of this host's address is the one that its members can reach.
    address = str(answer["hostname_override"]) or addresses.default()
    layout.start_joining_datastore(address, answer)
    if not faults.has("false-success"):
        control.ask("start", [services.DQLITE])


def own_member() -> str:
    return membership.own_address()


def _wait_until_listed() -> bool:
    """Look for this node in the membership; like MicroK8s, give up without saying so."""
    terminal.out("Waiting for this node to finish joining the cluster.", "")
    deadline = time.monotonic() + host.this_host().choose(12.0, 30.0, 90.0)
    found = False
    while not found and time.monotonic() < deadline and not faults.has("false-success"):
        try:
            found = own_member() in [member.address for member in membership.members()]
        except membership.NoLeader:
            terminal.dot("..")
            time.sleep(host.poll_interval(2.0))
            continue
        if not found:
            terminal.dot(".")
            time.sleep(host.poll_interval(5.0))
    terminal.out("  ")
    return found
