"""What a host is to MicroK8s, named from the lines of the role probe: no line can break it."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from deploy_scripts.fleet.host_json import Unreadable

UNKNOWN = "unknown"
"""The role of a host whose answer cannot be read: neither free nor anybody's node."""
FORMER_SEED = "former-seed"
"""Others joined this node once and none is a member any more; its certificates stay as they are."""

_MARKED = ("installation", "cluster", "job")
_VALUE = re.compile(r"[A-Za-z0-9._-]{0,100}")
_KEY = re.compile(r"[a-z][a-z_-]{0,30}")
_CHANNEL = re.compile(r"[A-Za-z0-9.+_/…-]{1,100}")
_MEMBERS = re.compile(r"[0-9]{0,4}")
_MOST_LINES = 200
_SHOWN = 80


def parse_role(lines: Sequence[str]) -> dict[str, Any]:
    """Name what a host is: the role probe of snap state and lock files.

    ``reason`` says why a role is unknown; ``mark`` and ``joined`` hold what this product wrote on
    the host, and the empty string where that is missing or no plain word.
    """
    pairs = [line.strip().partition("=")[::2] for line in lines[:_MOST_LINES] if "=" in line]
    values = {key: value.strip() for key, value in pairs if key != "lock"}
    locks = {value.strip() for key, value in pairs if key == "lock"}
    role, reason = UNKNOWN, ""
    try:
        role = _role(len(lines), values, locks)
    except Unreadable as error:
        reason = f"cannot tell what MicroK8s is on the host: {error}"
    return {
        "role": role,
        "reason": reason,
        "channel": values.get("tracking", "") if role != UNKNOWN else "",
        "held": "held" in values.get("notes", ""),
        "ours": "ours" in locks,
        "joining": values.get("joining") == "yes",
        "mark": _written("mark.", values),
        "joined": _written("joined.", values),
    }


def _written(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return what a file of ours on the host says; a value that is no plain word is not known."""
    found = dict.fromkeys(_MARKED, "")
    for key, value in values.items():
        name = key.removeprefix(prefix)
        if key.startswith(prefix) and _KEY.fullmatch(name):
            found[name] = value if _VALUE.fullmatch(value) else ""
    return found


def _role(lines: int, values: Mapping[str, str], locks: set[str]) -> str:
    if lines > _MOST_LINES:
        raise Unreadable(f"the probe said {lines} lines, {_MOST_LINES} at most are right")
    if "tracking" not in values:
        raise Unreadable("the lines of the probe are missing")
    if "unsure" in values:
        raise Unreadable(f"snap list said {_shown(values['unsure'])}")
    if not values["tracking"]:
        return "not-installed"
    if not _CHANNEL.fullmatch(values["tracking"]):
        raise Unreadable(f"{_shown(values['tracking'])} is no channel")
    if values.get("joining") == "yes":
        return "joining"
    if locks & {"join-in-progress", "init.yaml"}:
        return "half-joined"
    if "stopped.lock" in locks:
        return "stopped"
    if "clustered.lock" in locks:
        return "half-joined" if "no-apiserver-proxy" in locks else "worker"
    members = _members(values)
    if "no-cert-reissue" in locks and members > 1:
        return "control-plane"
    if "no-cert-reissue" in locks and members == 1 and not _is_on_loopback(values):
        return FORMER_SEED
    return "standalone"


def _members(values: Mapping[str, str]) -> int:
    members = values.get("members", "")
    if not _MEMBERS.fullmatch(members):
        raise Unreadable(f"{_shown(members)} is no number of members")
    return int(members or 0)


def _is_on_loopback(values: Mapping[str, str]) -> bool:
    """A datastore that nobody has joined yet listens on loopback; the first join moves it."""
    address = values.get("address", "").strip("'\"")
    try:
        return ip_address(address.rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        raise Unreadable(f"{_shown(address)} is no address of a member") from None


def _shown(text: str) -> str:
    return repr(text[:_SHOWN])
