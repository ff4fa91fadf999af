"""This machine, as far as the stack depends on it: Python, open files, a Redis server."""

import os
import platform
import resource
import sys
from collections.abc import Iterator

from cli import redis_server
from cli.doctor.check import Check, Patient, failed, passed, warned
from cli.errors import CannotStart

OLDEST = (3, 11)
FEW_FILES, TOO_FEW_FILES = 4096, 512
"""Each client that follows a job holds one open; so does each host that a step talks to."""


def checks(_: Patient) -> Iterator[Check]:
    """Look at what the processes of the stack would find here."""
    yield _python()
    yield _open_files()
    yield _redis_server()


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info < OLDEST:
        return failed("Python", version, "install Python 3.11 or newer")
    return passed("Python", version)


def _open_files() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= FEW_FILES
    seen = "unlimited" if soft == resource.RLIM_INFINITY else f"{soft} (at most {hard})"
    mend = f"ulimit -n {FEW_FILES} before clusterwright up, or LimitNOFILE={FEW_FILES} in its unit"
    if enough:
        return passed("open files", seen)
    return (failed if soft < TOO_FEW_FILES else warned)("open files", seen, mend)


def _redis_server() -> Check:
    if url := os.environ.get("REDIS_URL"):
        # It may hold a password, and the API has said above whether it answers.
        return passed("Redis server", f"REDIS_URL is set ({url.partition(':')[0]})")
    try:
        return passed("Redis server", redis_server.server_program())
    except CannotStart as error:
        cause, _, mend = str(error).partition("; ")
        return failed("Redis server", cause, mend)
