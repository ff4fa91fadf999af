"""By which names hosts are known: the inventory's, and what each calls itself as far as it may."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.errors import HostFailure
from deploy_scripts.shell import root_script

OWN_NAME_SECONDS = 20
LONGEST_ANSWER = 300
SHOWN = 80
"""How much of a wrong answer is repeated."""
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
"""A number alone as the last label would be read as an address."""
LOOPBACK_NAME = re.compile(r"(?:localhost|ip6-.*|broadcasthost)(?:\..*)?", re.IGNORECASE)


class OwnName(FactBase[str]):
    """What a host says when it is asked for its own name, which has to be judged before use."""

    def command(self) -> str:
        return root_script("uname -n", timeout=OWN_NAME_SECONDS)

    def process(self, output: Any) -> str:
        return " ".join(line for line in output if line.strip())[:LONGEST_ANSWER]


def unfit_names(own_names: Mapping[str, str]) -> Iterator[HostFailure]:
    """Yield a failure for each host whose answer cannot be a host's name."""
    for name, said in own_names.items():
        if not is_host_name(said):
            more = "..." if len(said) > SHOWN else ""
            yield HostFailure(
                name,
                f"asked for its own name, it says {said[:SHOWN]!a}{more}",
                command="Read its own name",
                advice=f"let 'uname -n' print one word of letters, digits and hyphens on {name}: "
                f"hostnamectl set-hostname {name}, and no greeting in the start files of its shell",
            )


def is_host_name(word: str) -> bool:
    """Say whether a word can be the name of one host, and of no host's loopback."""
    return (
        HOST_NAME.fullmatch(word) is not None
        and not word.rpartition(".")[2].isdigit()
        and LOOPBACK_NAME.fullmatch(word) is None
    )


def host_lines(
    addresses: Mapping[str, str], own_names: Mapping[str, str], *, here: str = ""
) -> tuple[str, ...]:
    """Return the lines of /etc/hosts on the host ``here``: address and names of each host.

    What a host calls itself is its own affair: others learn it only where it is the inventory's
    name with a domain, so no host can take a name that is not its own.
    """
    return tuple(
        " ".join(dict.fromkeys((address, *_known_as(name, own_names.get(name, name), here), name)))
        for name, address in addresses.items()
    )


def claimed_twice(own_names: Mapping[str, str]) -> Iterator[str]:
    """Say of each host that calls itself by another host's name that it does."""
    lower = {name.lower() for name in own_names}
    for name, own in own_names.items():
        if own.lower() in lower - {name.lower()}:
            yield f"{name} calls itself {own}, which is the name of another host"


def _known_as(name: str, own: str, here: str) -> tuple[str, ...]:
    is_its_own = own.lower() == name.lower() or own.lower().startswith(f"{name.lower()}.")
    return (own,) if is_its_own or name == here else ()
