"""What ``ip`` and ``ss`` print on a host, read line by line. Pure.

Every line is split at its blanks and looked at once: no pattern can be made to take long.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from string import ascii_letters, digits

from deploy_scripts.checks.host_facts import Address, Device, Route

MOST = 500
"""Addresses, routes, devices; a host has more only if its answer is not honest."""
MOST_DEVICES = 100
"""Of container networks; those that are left after them are told when these are gone."""
TO_ITSELF = "local 127.0.0.1 "
"""What the answer to ``route get 127.0.0.1`` begins with: the ways to other hosts follow it."""
LEFT_BEHIND = ("cali", "vxlan.calico", "flannel", "cilium", "weave", "kube-ipvs", "nodelocaldns")
"""How devices of Kubernetes' networks are called; the bridge of many of them is ``cni0``."""
PLAIN = frozenset(ascii_letters + digits + "._:+-")
LONGEST_NAME = 15
"""Of a network device or a program, as the kernel keeps them."""


def addresses(lines: Sequence[str]) -> tuple[Address, ...]:
    """Read lines such as ``2: eth0 inet 10.0.0.1/24 brd 10.0.0.255 scope global dynamic eth0``."""
    found = []
    for words in _split(lines):
        if len(words) < 4 or words[2] != "inet" or not words[0].endswith(":"):
            continue
        try:
            own = ipaddress.IPv4Interface(words[3])
        except ValueError:
            continue
        name = _name(words[1])
        found.append(Address(name, str(own.ip), own.network.prefixlen, "dynamic" in words[4:]))
    return tuple(found[:MOST])


def routes(lines: Sequence[str]) -> tuple[Route, ...]:
    """Read the routing table, without what it throws away or keeps for one address."""
    found = []
    for line in lines:
        if line.startswith(TO_ITSELF):
            break
        words = line.split()
        to = words[0] if words else ""
        if to == "default" or ("/" in to and is_network(to)):
            found.append(_route(to, words))
    return tuple(found[:MOST])


def ways(lines: Sequence[str]) -> dict[str, Route]:
    """Read by which device and from which address a host reaches each of the others."""
    found: dict[str, Route] = {}
    rows = iter(lines)
    if not any(line.startswith(TO_ITSELF) for line in rows):  # which leaves the rows behind it
        return found
    for words in _split(rows):
        address = words[1] if words[0] == "local" and len(words) > 1 else words[0]
        if is_address(address) and len(found) < MOST:
            found[address] = _route(address, words)
    return found


def devices(lines: Sequence[str]) -> tuple[Device, ...]:
    """Read the devices of container networks, each VXLAN one with its port."""
    found = []
    for words in _split(lines):
        if len(words) < 2 or not words[0].endswith(":"):
            continue
        name, port = _name(words[1].rstrip(":")), None
        if "vxlan" in words[2:]:
            port = _port(_after(words, "dstport"))
        if port is not None or name == "cni0" or name.startswith(LEFT_BEHIND):
            found.append(Device(name, port))
    return tuple(found[:MOST_DEVICES])


def listening(lines: Sequence[str]) -> dict[str, str]:
    """Read ``ss -ltunp``: protocol, state, two queues, local address, peer, and the program.

    The kernel's own sockets, and those that we may not look behind, have no program.
    """
    found: dict[str, str] = {}
    for words in _split(lines):
        if len(words) < 6 or words[0] not in {"tcp", "udp"}:
            continue
        port = _port(words[4].rpartition(":")[2])
        if port is not None:
            name = f"{port}/{words[0]}"
            found[name] = found.get(name) or _program(words[6:])
    return found


def speeds(lines: Sequence[str]) -> dict[str, int]:
    """Read the cards' speeds; a virtual one that does not know it says -1."""
    rows = [words for words in _split(lines[:MOST]) if len(words) == 2]
    return {_name(name): int(text) for name, text in rows if _is_short_number(text)}


def resolved(lines: Sequence[str]) -> dict[str, str]:
    """Read each name with the address that it led to, if to any."""
    rows = [(words[0][:253], words[1] if len(words) > 1 else "") for words in _split(lines)]
    return {name: found if is_address(found) else "" for name, found in rows}


def is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def is_network(text: str) -> bool:
    try:
        ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return False
    return True


def _split(lines: Sequence[str] | Iterator[str]) -> Iterator[list[str]]:
    return (words for words in (line.split() for line in lines) if words)


def _route(destination: str, words: Sequence[str]) -> Route:
    source, metric = _after(words, "src"), _after(words, "metric")
    return Route(
        destination,
        device=_name(_after(words, "dev")),
        source=source if is_address(source) else "",
        metric=int(metric) if _is_short_number(metric) else 0,
    )


def _after(words: Sequence[str], key: str) -> str:
    """Return the word that follows ``key``, or nothing."""
    place = words.index(key) + 1 if key in words else len(words)
    return words[place] if place < len(words) else ""


def _name(word: str) -> str:
    """Return a device's name without that of its other end, as in ``eth0@if7``.

    It may stand in a command that a person is advised to run, so it is a plain word.
    """
    name = word.partition("@")[0][:LONGEST_NAME]
    return "".join(sign if sign in PLAIN else "?" for sign in name)


def _program(words: Sequence[str]) -> str:
    _, _, rest = " ".join(words).partition('(("')
    return rest.partition('"')[0][:LONGEST_NAME]


def _port(text: str) -> int | None:
    return int(text) if _is_short_number(text) and int(text) < 65536 else None


def _is_short_number(text: str) -> bool:
    return len(text) <= 10 and text.isascii() and text.isdecimal()
