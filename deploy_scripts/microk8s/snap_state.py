"""What snapd says of MicroK8s on a host: revision, version, channel, and the services that run."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script

STATE = """
echo '@@snap'; LC_ALL=C snap list microk8s 2>/dev/null
echo '@@services'; LC_ALL=C snap services microk8s 2>/dev/null
true
"""
_REVISION = re.compile(r"x?[0-9]{1,9}", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9.+~_-]{1,64}", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z0-9.+_/…-]{1,100}")
_SERVICE = re.compile(r"microk8s\.(daemon-[a-z0-9-]{1,60})", re.ASCII)
_MOST_LINES = 100
_SHOWN = 60


class SnapState(FactBase[dict[str, Any]]):
    """Revision, version and channel of the installed snap, and its active services."""

    def command(self) -> str:
        return root_script(STATE, timeout=30, shows="snap list microk8s; snap services microk8s")

    def process(self, output: Any) -> dict[str, Any]:
        return parse_state(list(output))


def parse_state(lines: Sequence[str]) -> dict[str, Any]:
    """Read the snap's row and those of its services.

    Raises ``ValueError`` where the snap has no row, or one that cannot be one.
    """
    if len(lines) > _MOST_LINES:
        raise ValueError(f"snap printed {len(lines)} lines, {_MOST_LINES} at most are right")
    rows = [line.split() for line in _between(lines, "@@snap", "@@services")]
    found = [row for row in rows if row and row[0] == "microk8s"]
    if len(found) != 1 or len(found[0]) < 4:
        shown = " ".join(lines)[:_SHOWN]
        raise ValueError(f"snap printed {shown!r}, which does not tell one microk8s")
    _, version, revision, tracking = found[0][:4]
    for text, pattern, what in (
        (version, _VERSION, "version"),
        (revision, _REVISION, "revision"),
        (tracking, _CHANNEL, "channel"),
    ):
        if not pattern.fullmatch(text):
            raise ValueError(f"{text[:_SHOWN]!r} is no {what} of a snap")
    return {
        "version": version,
        "revision": revision,
        "channel": tracking,
        "active": sorted(_active(_between(lines, "@@services", ""))),
    }


def _between(lines: Sequence[str], begin: str, end: str) -> Iterator[str]:
    is_inside = False
    for line in lines:
        if line in (begin, end):
            is_inside = line == begin
        elif is_inside:
            yield line


def _active(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        words = line.split()
        service = _SERVICE.fullmatch(words[0]) if len(words) > 2 else None
        if service and words[2] == "active":
            yield service[1]
