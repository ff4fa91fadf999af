"""What this machine can do for a lab; nothing of it is needed for real hosts."""

import os
import platform
import subprocess
from collections.abc import Iterator

from cli.doctor.check import Check, Patient, passed, warned
from lab import probe, uid_map
from lab.errors import LabError

SECONDS = 5.0


def checks(_: Patient) -> Iterator[Check]:
    """Try what a lab would try; whatever is missing is a warning."""
    if platform.system() != "Linux":
        mend = "run the lab in a Linux machine, or use the compose file's lab profile"
        yield warned("Linux", f"this is {platform.system()}", mend)
        return
    kind = uid_map.choose()
    ssh = probe.ssh_server("auto", kind)
    yield _programs(ssh)
    yield _namespaces()
    yield _user_ids(kind)
    yield _ssh_server(ssh)
    yield _dqlite()


def _programs(ssh: str) -> Check:
    try:
        probe.programs(ssh)
    except LabError as error:
        cause, _, mend = str(error).partition("; ")
        return warned("programs", cause, mend)
    return passed("programs", "ip, nft, nsenter and ssh-keygen are here")


def _namespaces() -> Check:
    name, unshare = "user namespaces", probe.find("unshare")
    if unshare is None:
        return warned(name, "unshare not found", "apt-get install util-linux")
    try:
        done = subprocess.run(
            [unshare, "--user", "--map-root-user", "--net", "--mount", "true"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return warned(name, f"unshare did not end within {SECONDS:.0f} s", "look at dmesg")
    if done.returncode == 0:
        return passed(name, "can be made, with network and mounts of their own")
    lines = done.stderr.strip().splitlines() or [f"unshare ended with {done.returncode}"]
    seen, _, mend = probe.explain(lines[-1]).partition("; ")
    return warned(name, seen, mend or "use the compose file's lab profile")


def _user_ids(kind: str) -> Check:
    if kind != "single":
        return passed("user ids", "hosts get ids of their own")
    mend = (
        "run as root outside a container"
        if os.geteuid() == 0
        else "apt-get install uidmap, and add a range of 65536 to /etc/subuid and /etc/subgid"
    )
    return warned("user ids", "each host has one user id only", mend)


def _ssh_server(ssh: str) -> Check:
    if ssh == "sshd":
        return passed("SSH server", "OpenSSH's sshd")
    mend = "apt-get install openssh-server, and give hosts user ids of their own"
    return warned("SSH server", "asyncssh answers in place of sshd", mend)


def _dqlite() -> Check:
    if probe.dqlite("auto") == "real":
        return passed("dqlite", "membership is real (go-dqlite)")
    return warned("dqlite", "membership is emulated", "apt-get install go-dqlite")
