"""What a control plane node sees of its cluster, read from the sections of a look's output.

An API that does not answer is one thing: ``nodes`` is ``None`` then, and ``nodes_error`` says why.
An answer that cannot be read is another: it raises ``ValueError``, since it proves nothing at all.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from cluster.printable import short
from deploy_scripts.fleet.host_json import read_json, rows, table, whole, word
from deploy_scripts.microk8s.node_list import parse_nodes

ROLE_NAMES = {0: "voter", 1: "stand-by", 2: "spare"}

_END = re.compile(r"@@end ([0-9]{1,3}) ([0-9]{1,12})")
_ID = re.compile(r"[0-9]{1,20}")
_ROW = re.compile(r"(- |  )(Address|ID|Role): (.+)")
_KLOG = re.compile(r"[EIWF][0-9]{4} ")
_TIMED_OUT = {124, 137}
_ORDER = ("cluster", "leader", "no-leader", "alive", "nodes", "end")
_SHOWN = 200
_MOST_MEMBERS = 100


def parse_view(lines: Sequence[str]) -> dict[str, Any]:
    """Return members, leader and nodes out of a cluster view's sections."""
    sections: dict[str, list[str]] = {}
    alive: dict[str, int | None] = {}
    place = -1
    for number, line in enumerate(lines):
        if not line.startswith("@@"):
            if place == _ORDER.index("alive") and line.strip():
                raise ValueError(f"{_shown(line)} stands between the members that answer")
            sections.setdefault(_ORDER[place] if place >= 0 else "", []).append(line)
            continue
        word, _, rest = line[2:].partition(" ")
        if word not in _ORDER or (word != "alive" and word in sections):
            raise ValueError(f"{_shown(line)} is no heading of a look, or comes twice")
        if _ORDER.index(word) < place:
            raise ValueError(f"{_shown(line)} stands where it does not belong")
        place = _ORDER.index(word)
        if word == "alive":
            address, _, domain = rest.strip().partition(" ")
            alive[address] = _domain(domain)
        elif word == "nodes":
            nodes, why = parse_listing(lines[number:])
            return _members(sections, alive) | {"nodes": nodes, "nodes_error": why}
        else:
            sections[word] = []
    raise ValueError("the look ends before the Kubernetes nodes")


def parse_listing(lines: Sequence[str]) -> tuple[list[dict[str, Any]] | None, str]:
    """Return the Kubernetes nodes, or ``None`` and why kubectl failed to get them."""
    ends = [number for number, line in enumerate(lines) if line.startswith("@@end")]
    end = _END.fullmatch(lines[ends[0]]) if ends else None
    if lines[:1] != ["@@nodes"] or len(ends) != 1 or end is None:
        raise ValueError("the list of the Kubernetes nodes has no beginning or no end")
    code, now = int(end[1]), int(end[2])
    error_lines = lines[ends[0] + 1 :]
    if code:
        return None, _reason(code, error_lines)
    if error_lines:
        raise ValueError(f"{_shown(error_lines[0])} follows the Kubernetes nodes")
    return parse_nodes(lines[1 : ends[0]], now), ""


def _reason(code: int, error_lines: Sequence[str]) -> str:
    """Return kubectl's own words for its failure, without its log lines."""
    if code in _TIMED_OUT:
        return "kubectl did not end in time"
    plain = [line.strip() for line in error_lines if line.strip() and not _KLOG.match(line)]
    last = short(plain[-1], _SHOWN) if plain else ""
    return last or f"kubectl ended with exit code {code}, without a word"


def _members(sections: dict[str, list[str]], alive: dict[str, int | None]) -> dict[str, Any]:
    has_leader = "cluster" in sections
    if has_leader == ("no-leader" in sections):
        raise ValueError("the look says not, or in two ways, who the members are")
    rows = (
        _json_members(sections["cluster"]) if has_leader else _yaml_members(sections["no-leader"])
    )
    if len(rows) > _MOST_MEMBERS or len({row["address"] for row in rows}) != len(rows):
        raise ValueError(f"{len(rows)} members are too many, or an address is listed twice")
    leader = "".join(sections.get("leader", [])).strip().strip('"')
    return {
        "has_leader": has_leader,
        "leader": _endpoint(leader) if leader else "",
        "members": [
            {
                **row,
                "alive": row["address"] in alive,
                "leader": row["address"] == leader,
                "domain": alive.get(row["address"]),
            }
            for row in rows
        ],
    }


def _json_members(lines: list[str]) -> list[dict[str, str]]:
    try:
        found = [table(row, "a member") for row in rows(read_json("\n".join(lines)), "it")]
        return [_member(*(row.get(key) for key in ("Address", "ID", "Role"))) for row in found]
    except ValueError as error:
        what = _shown(lines[0]) if lines else "nothing"
        raise ValueError(f"the datastore printed {what}, not its members ({error})") from None


def _yaml_members(lines: list[str]) -> list[dict[str, str]]:
    """Read ``cluster.yaml``, which lists ``Address``, ``ID`` and ``Role`` in any order."""
    found: list[dict[str, str]] = []
    for line in filter(str.strip, lines):
        match = _ROW.fullmatch(line.rstrip())
        if match is None or (match[1] == "  " and not found):
            if line.strip() == "[]":
                continue
            raise ValueError(f"{_shown(line)} is no line of cluster.yaml")
        if match[1] == "- ":
            found.append({})
            if len(found) > _MOST_MEMBERS:
                raise ValueError(f"cluster.yaml lists more than {_MOST_MEMBERS} members")
        found[-1][match[2]] = match[3].strip("'\"")
    return [
        _member(row.get("Address"), _number(row.get("ID")), _number(row.get("Role")))
        for row in found
    ]


def _domain(text: str) -> int | None:
    """Return the failure domain that a member tells of itself; 0 says that none was set."""
    if not text:
        return None
    if not _ID.fullmatch(text):
        raise ValueError(f"{_shown(text)} is no failure domain")
    return int(text) or None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _ID.fullmatch(text) else None


def _member(address: object, number: object, role: object) -> dict[str, str]:
    address = word(address, "the address of a member")
    number, role = whole(number, "the number of a member"), whole(role, "the role of a member")
    if not _ID.fullmatch(str(number)):
        raise ValueError(f"{_shown(str(number))} is no number of a member")
    if role not in ROLE_NAMES:
        raise ValueError(f"{_shown(str(role))} is no role of a member")
    return {"address": _endpoint(address), "id": str(number), "role": ROLE_NAMES[role]}


def _endpoint(text: str) -> str:
    """Return an address with a port, as the datastore writes it, once it is known to be one."""
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
        if "%" not in host and port.isascii() and port.isdigit() and len(port) <= 5:
            return text
    except ValueError:
        pass
    raise ValueError(f"{_shown(text)} is no address of a member")


def _shown(text: str) -> str:
    return repr(text[:60])
