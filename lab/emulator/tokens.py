"""The node's join tokens: a file of lines `TOKEN` (single use) or `TOKEN|EXPIRY`."""

import time

from lab.emulator import files, paths

CLUSTER = f"{paths.CREDENTIALS}/cluster-tokens.txt"
PERSISTENT = f"{paths.CREDENTIALS}/persistent-cluster-tokens.txt"
SIGNING = f"{paths.CREDENTIALS}/certs-request-tokens.txt"


def add(token: str, ttl: int) -> None:
    line = token if ttl == -1 else f"{token}|{int(time.time()) + ttl}"
    with files.locked(f"{paths.LOCKS}/.tokens"):
        files.append(CLUSTER, f"{line}\n")


def consume(token: str) -> bool:
    """Whether the token is good. A single-use token is gone afterwards, whatever follows."""
    if token and token in files.read(PERSISTENT).split():
        return True
    with files.locked(f"{paths.LOCKS}/.tokens"):
        lines = files.read(CLUSTER).splitlines()
        for index, line in enumerate(lines):
            value, _, expiry = line.partition("|")
            # The first line with the value decides, even when a later one would be good.
            if token and value == token:
                if expiry:
                    return time.time() < int(expiry)
                _store(lines[:index] + lines[index + 1 :])
                return True
    return False


def _store(lines: list[str]) -> None:
    files.write(CLUSTER, "".join(f"{line}\n" for line in lines))


def allow_signing(token: str) -> None:
    with files.locked(f"{paths.LOCKS}/.tokens"):
        files.append(SIGNING, f"{token}-kubelet\n{token}-proxy\n")


def consume_signing(token: str) -> bool:
    with files.locked(f"{paths.LOCKS}/.tokens"):
        lines = files.read(SIGNING).splitlines()
        if token not in lines:
            return False
        lines.remove(token)
        files.write(SIGNING, "".join(f"{line}\n" for line in lines))
        return True
