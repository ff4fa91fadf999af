"""Kubernetes' nodes with the leases of their kubelets: what is asked for, and how it is read.

Each value stands quoted on the line of its object, so that none can pass for another, and the first
line says how many objects there are, so that none can be lost.
"""

import re
from calendar import timegm
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import islice
from math import ceil
from typing import Any

from cluster.observation import SILENT_SECONDS

LEASES = "kube-node-lease"

NODE_TEMPLATE = (
    '{{printf "items=%d\\n" (len .items)}}{{range .items}}'
    '{{if eq .kind "Node"}}'
    '{{printf "node name=%q version=%q" .metadata.name .status.nodeInfo.kubeletVersion}}'
    "{{if .spec.unschedulable}} cordoned{{end}}"
    '{{range .status.addresses}}{{if eq .type "InternalIP"}}'
    '{{printf " address=%q" .address}}{{end}}{{end}}'
    '{{range .status.conditions}}{{if eq .type "Ready"}}'
    '{{printf " ready=%q heard=%q" .status .lastHeartbeatTime}}{{end}}{{end}}'
    '{{range $key, $value := .metadata.labels}}{{printf " label=%q=%q" $key $value}}{{end}}'
    "{{range .spec.taints}}"
    '{{if .value}}{{printf " taint=%q=%q:%q" .key .value .effect}}'
    '{{else}}{{printf " taint=%q:%q" .key .effect}}{{end}}{{end}}'
    '{{else}}{{printf "lease name=%q renewed=%q" .metadata.name .spec.renewTime}}{{end}}'
    '{{"\\n"}}{{end}}'
)
"""Each object costs one line, of a few hundred bytes; ``-o json`` prints up to 500 lines a node."""

_QUOTED = r'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|%!q\(<nil>\))'
_FIELD = re.compile(rf" ([a-z]+)((?:[=:]{_QUOTED})*)")
_PART = re.compile(rf"([=:])({_QUOTED})")
_COUNT = re.compile(r"items=([0-9]{1,6})")

_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_KEY = re.compile(rf"(?:{_NAME}/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?")
_VALUE = re.compile(r"[A-Za-z0-9._-]{0,63}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_WORDS = {
    "name": re.compile(_NAME),
    "version": re.compile(r"[A-Za-z0-9.+_~-]{0,64}"),
    "ready": re.compile(r"True|False|Unknown"),
    "effect": re.compile(r"NoSchedule|PreferNoSchedule|NoExecute"),
}
_SHOWN = 60
MOST_OBJECTS = 1000
MOST_FIELDS = 300
"""Of a node, its labels and taints among them; an honest one has some dozens."""

Fields = list[tuple[str, list[tuple[str, str]]]]


def parse_nodes(lines: Sequence[str], now: int) -> list[dict[str, Any]]:
    """Return each node, with when its kubelet was last heard of; ``now`` is the asked host's clock.

    Raises ``ValueError`` when the lines are not, to the last one, what the template prints.
    """
    counted = _COUNT.fullmatch(lines[0]) if lines else None
    if counted is None:
        raise ValueError(f"kubectl printed {_shown(lines[0] if lines else '')}, not its nodes")
    if int(counted[1]) > MOST_OBJECTS:
        raise ValueError(f"kubectl printed {counted[1]} objects, {MOST_OBJECTS} at most are right")
    if len(lines) - 1 != int(counted[1]):
        raise ValueError(f"kubectl printed {len(lines) - 1} of {counted[1]} objects")
    nodes: dict[str, dict[str, Any]] = {}
    renewed: dict[str, float | None] = {}
    for line in lines[1:]:
        kind = line.partition(" ")[0]
        fields = list(islice(_fields(line[len(kind) :]), MOST_FIELDS + 1))
        if len(fields) > MOST_FIELDS:
            raise ValueError(f"{_shown(line)} has more than {MOST_FIELDS} fields")
        name = _one("name", fields)
        if kind == "lease":
            renewed[name] = _moment(_one("renewed", fields))
        elif kind == "node" and name not in nodes:
            nodes[name] = _node(name, fields)
        else:
            raise ValueError(f"{_shown(line)} is neither a node nor a lease, or comes twice")
    return [_judged(node, renewed.get(name), now) for name, node in nodes.items()]


def _fields(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each field's name with its values, and the sign before each value."""
    position = 0
    while position < len(text):
        found = _FIELD.match(text, position)
        if found is None:
            raise ValueError(f"{_shown(text[position:])} is no field of a node")
        yield found[1], [(sign, _bare(value)) for sign, value in _PART.findall(found[2])]
        position = found.end()


def _bare(value: str) -> str:
    """Take the quotation marks off; nothing that is right needs an escape inside them."""
    return value[1:-1] if value[0] == '"' else ""


def _node(name: str, fields: Fields) -> dict[str, Any]:
    addresses = [parts[0][1] for word, parts in fields if word == "address" and len(parts) == 1]
    labels = dict(_label(parts) for word, parts in fields if word == "label")
    known = {"name", "version", "cordoned", "address", "ready", "heard", "label", "taint"}
    strange = {word for word, _ in fields} - known
    if strange:
        raise ValueError(f"a node has no field {_shown(min(strange))}")
    worker = "node.kubernetes.io/microk8s-worker" in labels
    return {
        "name": name,
        "address": _address(addresses[0]) if addresses else "",
        "role": "worker" if worker else "control-plane",
        "condition": _one("ready", fields, otherwise="Unknown"),
        "heard": _moment(_one("heard", fields, otherwise="")),
        "schedulable": not any(word == "cordoned" for word, _ in fields),
        "version": _one("version", fields),
        "labels": labels,
        "taints": [_taint(parts) for word, parts in fields if word == "taint"],
    }


def _one(name: str, fields: Fields, *, otherwise: str | None = None) -> str:
    """Return the value of a field that comes once, checked."""
    found = [parts for each, parts in fields if each == name]
    if not found and otherwise is not None:
        return otherwise
    if len(found) != 1 or [sign for sign, _ in found[0]] != ["="]:
        raise ValueError(f"a node or lease has {len(found)} fields {name} instead of one")
    value = found[0][0][1]
    pattern = _WORDS.get(name)
    if pattern is not None and not pattern.fullmatch(value):
        raise ValueError(f"{_shown(value)} is no {name} of a node")
    return value


def _label(parts: list[tuple[str, str]]) -> tuple[str, str]:
    signs, words = "".join(sign for sign, _ in parts), [word for _, word in parts]
    if signs != "==" or not _KEY.fullmatch(words[0]) or not _VALUE.fullmatch(words[1]):
        raise ValueError(f"{_shown('='.join(words))} is no label")
    return words[0], words[1]


def _taint(parts: list[tuple[str, str]]) -> str:
    """Return ``key=value:Effect``, with an empty value where the taint has none."""
    signs, words = "".join(sign for sign, _ in parts), [word for _, word in parts]
    key = value = effect = ""
    if signs == "==:":
        key, value, effect = words
    elif signs == "=:":
        key, effect = words
    fits = _KEY.fullmatch(key) and _VALUE.fullmatch(value) and _WORDS["effect"].fullmatch(effect)
    if not fits:
        raise ValueError(f"{_shown('='.join(words))} is no taint")
    return f"{key}={value}:{effect}"


def _address(text: str) -> str:
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        raise ValueError(f"{_shown(text)} is no address of a node") from None


def _moment(text: str) -> float | None:
    """Return the Unix time of a stamp; ``None`` where none was set yet."""
    if not text:
        return None
    if not _TIME.fullmatch(text):
        raise ValueError(f"{_shown(text)} is no time")
    whole = datetime.fromisoformat(text[:19])
    return timegm(whole.timetuple()) + float(f"0{text[19:-1] or '.0'}")


def _judged(node: Mapping[str, Any], renewed: float | None, now: int) -> dict[str, Any]:
    """Say whether the node is Ready and was heard of lately.

    A node that has just registered may lack its lease: its first heartbeat counts for as long.
    A stamp far in the future says no more than one far in the past: its node's clock is wrong.
    """
    heard = renewed if renewed is not None else node["heard"]
    age = None if heard is None else ceil(now - heard)  # the clock tells whole seconds only
    lately = age is not None and abs(age) <= SILENT_SECONDS
    rest = {name: value for name, value in node.items() if name != "heard"}
    return rest | {"heard_ago": age, "ready": node["condition"] == "True" and lately}


def _shown(text: str) -> str:
    return repr(text[:_SHOWN])
