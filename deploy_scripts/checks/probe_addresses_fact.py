"""What a host finds out of who has some addresses."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from pyinfra.api import FactBase

from cluster.address_ranges import AddressRange
from cluster.printable import short
from deploy_scripts.checks.address_probe_program import AT_ONCE
from deploy_scripts.fleet.host_json import answer_of, read_json, table, whole, word
from deploy_scripts.fleet.shell import root_script

SECONDS = 1.5
"""How long answers for one batch of addresses are waited for."""
LONGEST_SAID = 200
LONGEST_HARDWARE = 20
MOST_NETWORKS = 64
NETWORKS = """ip -o -4 address show 2>/dev/null |
  awk '{for (i = 1; i < NF; i++) if ($i == "inet") print "network " $(i + 1)}'"""
PROGRAM = Path(__file__).with_name("address_probe_program.py")


@dataclass(frozen=True, slots=True)
class SeenAddresses:
    """Who answered for which addresses."""

    asked: int = 0
    """So many addresses were asked for; 0 where the host has no Python, or may not ask."""
    answers: dict[IPv4Address, str] = field(default_factory=dict)
    """Address to the hardware address that has it; empty where that is not known."""
    networks: tuple[IPv4Interface, ...] = ()
    """The host's own addresses with their networks; none where it cannot tell."""


class AddressProbe(FactBase[SeenAddresses]):
    """Who answers for addresses, as one host of their network sees it; nothing is changed."""

    def command(self, ranges: Sequence[AddressRange]) -> str:
        pairs = [[int(one.first), int(one.last)] for one in ranges]
        config = json.dumps({"ranges": pairs, "seconds": SECONDS})
        words = ("python3", "-I", "-S", "-c", PROGRAM.read_text(), config)
        script = (
            f"{NETWORKS}\nif command -v python3 >/dev/null; then {shlex.join(words)}\n"
            """else echo '{"asked": 0, "answers": {}}'; fi"""
        )
        return root_script(script, timeout=limit(ranges), shows="python3: who has the addresses?")

    def process(self, output: Any) -> SeenAddresses:
        return parse_addresses(list(output))


def limit(ranges: Sequence[AddressRange]) -> int:
    """Return for how many seconds asking for so many addresses may last."""
    batches = -(-sum(map(len, ranges)) // AT_ONCE)
    return int(batches * SECONDS) + 20


def parse_addresses(lines: Sequence[str]) -> SeenAddresses:
    """Read ``network ADDRESS/BITS`` and the program's answer, which is one line of JSON.

    Raises ``ValueError`` without that.
    """
    line = answer_of(lines, "asked")
    try:
        answer = table(read_json(line), "it")
        answers = table(answer.get("answers"), "answers")
        networks = [line.partition(" ")[2] for line in lines if line.startswith("network ")]
        return SeenAddresses(
            whole(answer.get("asked"), "asked"),
            {
                IPv4Address(address): short(word(hardware, "a hardware address"), LONGEST_HARDWARE)
                for address, hardware in answers.items()
            },
            tuple(map(IPv4Interface, networks[:MOST_NETWORKS])),
        )
    except ValueError as error:
        said = short(str(error), LONGEST_SAID)  # it quotes what the host has printed
        raise ValueError(f"the program's answer has another shape ({said})") from None
