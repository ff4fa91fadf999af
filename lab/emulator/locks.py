"""The snap's lock files, which say what part this host plays."""

import os

from lab.emulator import files, paths

CLUSTERED = "clustered.lock"
JOINING = "join-in-progress"
LOW_MEMORY = "low-memory-guard.lock"
NO_APISERVER_PROXY = "no-apiserver-proxy"
NO_CERT_REISSUE = "no-cert-reissue"
NO_DQLITE = "no-k8s-dqlite"
STOPPED = "stopped.lock"
FRESH_INSTALL = (
    "ha-cluster",
    "lite.lock",
    "installed.lock",
    "no-etcd",
    "no-flanneld",
    NO_APISERVER_PROXY,
)


def exists(name: str) -> bool:
    return os.path.exists(f"{paths.LOCKS}/{name}")


def put(name: str) -> None:
    files.write(f"{paths.LOCKS}/{name}", "")


def clear(name: str) -> None:
    files.remove(f"{paths.LOCKS}/{name}")


def is_installed() -> bool:
    return exists("installed.lock")


def is_worker() -> bool:
    return exists("ha-cluster") and exists(CLUSTERED) and not exists(NO_APISERVER_PROXY)
