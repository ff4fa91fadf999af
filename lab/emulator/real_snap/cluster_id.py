"""Which cluster's objects a datastore holds, where MicroK8s' own join or leave has made its folder.

The lab's world keeps which cluster a datastore's address belongs to: who joins names the
addresses of the cluster's voters.
"""

import os

from lab.emulator import datastore, files, objects, paths

REGISTER = f"{paths.WORLD}/clusters-by-address"
LOOPBACK = "127.0.0.1:"


def settle() -> None:
    """Write the id that the datastore's folder lacks, and remember whose address it will have."""
    instructions = files.read(datastore.INIT)
    known = files.read(objects.CLUSTER_FILE).strip()
    if not known:
        voters = [line.lstrip("- ") for line in instructions.splitlines() if line[:1] == "-"]
        found = (files.read(f"{REGISTER}/{voter}").strip() for voter in voters)
        known = next(filter(None, found), "") or os.urandom(8).hex()
        files.write(objects.CLUSTER_FILE, known)
    address = _address(files.read(datastore.UPDATE), instructions, files.read(datastore.INFO))
    if address and not address.startswith(LOOPBACK):
        files.write(f"{REGISTER}/{address}", known)


def _address(*texts: str) -> str:
    """The address in the first of the texts that names one."""
    lines = (line for text in texts for line in text.splitlines())
    return next((line[8:].strip() for line in lines if line.startswith("Address:")), "")
