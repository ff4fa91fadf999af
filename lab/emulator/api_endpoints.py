"""The `kubernetes` Endpoints: the addresses at which a cluster's API servers say that they live."""

import os
import time
from contextlib import suppress

from lab.emulator import files, host, objects


def renew(cluster: str, address: str) -> None:
    """Say that the API server with this address lives."""
    path = f"{_folder(cluster)}/{address}"
    try:
        os.utime(path)
    except FileNotFoundError:
        files.write(path, "")


def withdraw(cluster: str, address: str) -> None:
    files.remove(f"{_folder(cluster)}/{address}")


def known(cluster: str) -> list[str]:
    """The addresses of those that were heard of lately; a dead one is dropped after a while."""
    limit = time.time() - host.this_host().choose(3.0, 6.0, 15.0)
    found = []
    with suppress(FileNotFoundError):
        for entry in os.scandir(_folder(cluster)):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime > limit and not entry.name.endswith(".new"):
                    found.append(entry.name)
    return sorted(found)


def _folder(cluster: str) -> str:
    return f"{objects.folder(cluster)}/apiservers"
