"""What services write to the journal: one file for each service, read by `journalctl -u`."""

import os
import time
from contextlib import suppress

from lab.emulator import files, host, paths


def path(service: str) -> str:
    return f"{paths.SERVICE_LOGS}/{service}.log"


def write(service: str, line: str) -> None:
    stamp = time.strftime("%b %d %H:%M:%S", time.localtime())
    # A full disk must not end a service: journald drops lines as well.
    with suppress(OSError):
        os.makedirs(paths.SERVICE_LOGS, exist_ok=True)
        entry = f"{stamp} {host.hostname()} microk8s.{service}[1]: {line}\n"
        files.append(path(service), entry)
