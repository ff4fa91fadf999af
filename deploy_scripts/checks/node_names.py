"""By which names hosts are known: the inventory's, and what each calls itself as far as it may.

Others learn a host by its name in the inventory. What it calls itself is data of that host: it has
to be that name, or that name with a domain, so that no host can take a name that is not its own.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api import FactBase

from cluster.printable import visible
from deploy_scripts.fleet.shell import root_script

OWN_NAME_SECONDS = 20
LONGEST_NAME = 253
SHOWN = 80
"""How much of a wrong answer is repeated."""
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}\Z){LABEL}(?:\.{LABEL})*")
LOOPBACK_NAMES = ("localhost", "ip6-", "broadcasthost")
"""How names begin that every host has for its own loopback."""


@dataclass(frozen=True, slots=True)
class NameFault:
    """Why a host may not be called what it calls itself."""

    code: str
    message: str
    advice: str


class OwnName(FactBase[str]):
    """What a host says when it is asked for its own name, which has to be judged before use."""

    def command(self) -> str:
        return root_script("uname -n", timeout=OWN_NAME_SECONDS)

    def process(self, output: Any) -> str:
        return told_name(list(output))


def told_name(words: Sequence[str]) -> str:
    """Return what a host told as its name; one that is too long can pass for no shorter one."""
    text = " ".join(word for word in words if word.strip())
    shown = visible(text[:LONGEST_NAME])[:LONGEST_NAME]
    return shown if len(text) <= LONGEST_NAME else f"{shown[:-1]}\u2026"


def fault_of(name: str, own_name: str, names: Collection[str]) -> NameFault | None:
    """Say why the host ``name`` of the inventory may not call itself ``own_name``, if so.

    ``names`` are all hosts' names in the inventory.
    """
    own = own_name.lower()
    if is_host_name(own_name) and _owner(own, names) == name.lower():
        return None
    more = "..." if len(own_name) > SHOWN else ""
    begin = f"{name} calls itself {own_name[:SHOWN]!a}{more}, which is "
    rename = f"before MicroK8s is installed on it: hostnamectl set-hostname {name}"
    if not is_host_name(own_name):
        return NameFault(
            "host-name-invalid",
            f"{begin}not the name of a host",
            f"let 'uname -n' print one word of letters, digits and hyphens on {name}, with no "
            f"greeting from the start files of its shell; {rename}",
        )
    if _owner(own, names):
        return NameFault(
            "host-name-duplicate", f"{begin}the name of another host", f"rename it, {rename}"
        )
    return NameFault(
        "host-name-differs",
        f"{begin}neither {name} nor {name} with a domain",
        f"rename it, {rename}; or call it {own.partition('.')[0]} in the inventory",
    )


def is_host_name(word: str) -> bool:
    """Say whether a word can be the name of one host, and of no host's loopback.

    A number alone as the last label would be read as an address.
    """
    return (
        HOST_NAME.fullmatch(word) is not None
        and not word.rpartition(".")[2].isdigit()
        and not word.lower().startswith(LOOPBACK_NAMES)
    )


def host_lines(addresses: Mapping[str, str], own_names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines of /etc/hosts: address and names of each host.

    What a host calls itself is left out wherever it may not be called so.
    """
    return tuple(
        " ".join(dict.fromkeys((address, *_known_as(name, own_names, addresses), name)))
        for name, address in addresses.items()
    )


def _known_as(name: str, own_names: Mapping[str, str], names: Collection[str]) -> tuple[str, ...]:
    own = own_names.get(name, name)
    return () if fault_of(name, own, names) else (own,)


def _owner(own_name: str, names: Collection[str]) -> str:
    """Return whose name it is, with or without a domain; of several the one that says most."""
    owners = (name.lower() for name in names)
    return max(
        (o for o in owners if own_name == o or own_name.startswith(f"{o}.")), key=len, default=""
    )
