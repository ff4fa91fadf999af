"""The first process of a lab host in a container: gives it an identity, then becomes its init.

Standard library only, as the emulator beside it: run as ``python3 -I -S container_host.py``.
The engine makes network and namespaces; what is shared among hosts lies in ``/lab/world``.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PYTHON = "/usr/bin/python3"
HOST_KEY = Path("/etc/ssh/ssh_host_ed25519_key")
MACHINE_ID = Path("/etc/machine-id")
LAB = Path("/lab")
WORLD = LAB / "world"
RUN = Path("/run")
KEY_SECONDS = 30
SSH_KEY = "lab"
"""The name under which the product finds the key that opens the hosts."""


def main() -> None:
    """Write what makes this container a host, tell the inventory of it, and boot."""
    name, address = socket.gethostname(), own_address()
    for folder in (LAB / "log", WORLD, RUN / "sshd", RUN / "lock", RUN / "snapd"):
        folder.mkdir(parents=True, exist_ok=True)
    # The engine has made the network: nothing is left for init to plug in.
    (RUN / "lab-network.batch").write_text("")
    write(LAB / "host.json", facts(name, address))
    authorise(lab_key())
    identify()
    write(WORLD / "inventory" / f"{name}.json", [row(name, address)])
    os.execv("/bin/sh", ["init", "/opt/lab/init.sh", PYTHON, "sshd"])  # noqa: S606  # it is our init


def own_address() -> str:
    """Return the address that the engine has given this host."""
    return socket.gethostbyname(socket.gethostname())


def facts(name: str, address: str) -> dict[str, Any]:
    """Return what the emulator wants to know of its host."""
    programs = ("dqlite", "dqlite-demo")
    return {
        "name": name,
        "address": address,
        "lab": "containers",
        "dqlite": "real" if all(map(shutil.which, programs)) else "emulated",
        "durations": os.environ.get("LAB_DURATIONS", "demo"),
        "python": PYTHON,
        "channels": None,
    }


def row(name: str, address: str) -> dict[str, Any]:
    """Return the host as the product's inventory wants it, with the key that it will show."""
    kind, key = HOST_KEY.with_suffix(".pub").read_text().split()[:2]
    return {
        "name": name,
        "address": address,
        "port": 22,
        "user": "root",
        "ssh_key": SSH_KEY,
        "host_key": f"{kind} {key}",
    }


def lab_key() -> str:
    """Return the public key that opens this host, once it has been made."""
    path = WORLD / "lab.pub"
    deadline = time.monotonic() + KEY_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            sys.exit(f"cannot start the host: {path} is missing; start the service lab-key first")
        time.sleep(0.1)
    return path.read_text()


def authorise(public_key: str) -> None:
    """Let whoever has the lab's key in as root."""
    folder = Path("/root/.ssh")
    folder.mkdir(mode=0o700, exist_ok=True)
    keys = folder / "authorized_keys"
    keys.write_text(public_key)
    keys.chmod(0o600)


def identify() -> None:
    """Make the host's SSH key and machine id when it starts for the first time."""
    if not HOST_KEY.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(HOST_KEY)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    if not MACHINE_ID.exists():
        MACHINE_ID.write_text(f"{secrets.token_hex(16)}\n")


def write(path: Path, document: Any) -> None:
    """Replace a JSON file in one move: other containers read some of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".new")
    part.write_text(json.dumps(document, indent=1))
    part.replace(path)


if __name__ == "__main__":
    main()
