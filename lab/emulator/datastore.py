"""How the datastore service starts: what `init.yaml`, `update.yaml` and `info.yaml` ask for."""

import socket
from typing import NamedTuple

from lab.emulator import files, membership, paths, reconfiguration
from lab.emulator.dqlite_wire import VOTER, Member

INIT = f"{paths.BACKEND}/init.yaml"
UPDATE = f"{paths.BACKEND}/update.yaml"
INFO = f"{paths.BACKEND}/info.yaml"
CLUSTER = f"{paths.BACKEND}/cluster.yaml"


class CannotStart(Exception):
    """The backend folder does not allow the service to start."""


class Start(NamedTuple):
    """The address to listen on, and the members to join if this is a joiner's first start."""

    address: str
    cluster: tuple[str, ...]

    def consumed(self) -> None:
        files.remove(INIT)


def prepare() -> Start:
    """Read the start instructions, and carry out a change of address."""
    if files.read(UPDATE):
        _move_to(_address_in(files.read(UPDATE)))
    instructions, info = files.read(INIT), files.read(INFO)
    if instructions and info:
        message = "data directory seems to have existing state 'info.yaml'. "
        raise CannotStart(message + "please remove the file and restart")
    if instructions:
        lines = instructions.splitlines()
        cluster = tuple(line.lstrip("- ") for line in lines if line.startswith("- "))
        return Start(_address_in(instructions), cluster)
    if not info:
        raise CannotStart("cannot read info.yaml: the data directory is empty")
    return Start(_address_in(info), ())


def _move_to(address: str) -> None:
    """Rewrite the membership to this node alone, at its new address."""
    own = membership.parse("- " + files.read(INFO).replace("\n", "\n  "))[0]
    alone = [Member(own.id, address, VOTER)]
    files.write(CLUSTER, membership.render(alone))
    files.write(INFO, f"Address: {address}\nID: {own.id}\nRole: {VOTER}\n")
    outcome = reconfiguration.reconfigure(f"{paths.BACKEND}/", CLUSTER)
    if outcome != "OK":
        raise CannotStart(f"cannot move dqlite to {address}: {outcome}")
    files.remove(UPDATE)


def _address_in(text: str) -> str:
    for line in text.splitlines():
        if line.startswith("Address:"):
            return line.partition(":")[2].strip()
    raise CannotStart("cannot read the address: no line 'Address: ...' in the instructions")


def open_kine_socket() -> socket.socket:
    """Open the socket whose presence says that the datastore serves."""
    files.remove(paths.KINE_SOCKET)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(paths.KINE_SOCKET)
    listener.listen(1)
    return listener
