"""Who reaches whom on which port, and how fast: measured between the hosts themselves.

All hosts must run the program at the same time, so all are asked in one go.
"""

import json
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyinfra.api import FactBase

from cluster.printable import short
from deploy_scripts.fleet.errors import HostFailure
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.host_json import answer_of, read_json, rows, table, word

SECONDS = 5
"""How long a host reaches for a peer that does not answer."""
TIMEOUT = 3 * SECONDS + 10
API, AGENT, DATASTORE, KUBELET, VXLAN = (
    "16443/tcp",
    "25000/tcp",
    "19001/tcp",
    "10250/tcp",
    "4789/udp",
)
PORTS = {
    "control-plane": (API, AGENT, DATASTORE, KUBELET, VXLAN),
    "worker": (AGENT, KUBELET, VXLAN),
}
"""The ports on which a node of each role must be reached."""
KNOWN = PORTS["control-plane"]
LONGEST_WORD = 60
MOST_MILLISECONDS = 1e6
"""Of a round trip: more than the whole measurement takes."""
PROGRAM = Path(__file__).with_name("network_probe_program.py")


@dataclass(frozen=True, slots=True)
class Probe:
    """What one host found out."""

    listening: Mapping[str, str] = field(default_factory=dict)
    """Each port that it should listen on: ``open``, ``in use`` (so not tried), or an error."""
    reached: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Peer to port to ``open``, ``refused``, ``no answer`` or an error."""
    round_trips: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Peer to the least and the mean round trip in milliseconds."""


class NetworkProbe(FactBase[Probe]):
    """One host's view of the network, measured while the other hosts measure theirs."""

    def command(self, config: str) -> str:
        words = ("timeout", "-k", "5", str(TIMEOUT), "python3", "-I", "-S", "-c")
        return shlex.join((*words, PROGRAM.read_text(), config))

    def process(self, output: Any) -> Probe:
        return parse(list(output))


def parse(lines: Sequence[str]) -> Probe:
    """Read the program's answer, which is one line of JSON. Raises ``ValueError`` without one."""
    line = answer_of(lines, "listening")
    try:
        answer = table(read_json(line), "it")
        listening, reached, times = (
            table(answer.get(name), name) for name in ("listening", "reached", "round_trips")
        )
        return Probe(
            listening=_words(listening),
            reached={peer: _words(table(row, "a peer")) for peer, row in reached.items()},
            round_trips={peer: _times(row) for peer, row in times.items()},
        )
    except ValueError as error:
        raise ValueError(f"the program's answer has another shape ({error})") from None


def _words(states: Mapping[str, Any]) -> dict[str, str]:
    """Each of our ports with what was said of it, in short and on one line."""
    return {port: _shown(word(states[port], port)) for port in KNOWN if port in states}


def _shown(text: str) -> str:
    return short(text, LONGEST_WORD)


def _times(row: Any) -> tuple[float, float]:
    """Read the least and the mean round trip, in milliseconds."""
    times = rows(row, "a round trip")
    if len(times) != 2 or {type(time) for time in times} - {int, float}:
        raise ValueError("a round trip is no two times")
    least, mean = map(float, times)
    if not 0 <= least <= MOST_MILLISECONDS >= mean >= 0:
        raise ValueError("a round trip is no time")
    return least, mean


def probe(
    fleet: Fleet, roles: Mapping[str, str]
) -> tuple[dict[str, Probe], tuple[HostFailure, ...]]:
    """Let the hosts in ``roles`` measure each other; a host alone has nothing to measure."""
    if len(roles) < 2:
        return {}, ()
    hosts = {
        name: {"address": fleet.node_address(name), "listen": PORTS[role]}
        for name, role in roles.items()
    }
    config = json.dumps({"hosts": hosts, "seconds": SECONDS})
    found, failures = fleet.try_facts(NetworkProbe, on=tuple(roles), config=config)
    return {name: among(roles, seen) for name, seen in found.items()}, failures


def among(names: Collection[str], seen: Probe) -> Probe:
    """Return what a host found out of the hosts that it was asked about, and of no other."""
    return Probe(
        seen.listening,
        {peer: seen.reached[peer] for peer in names if peer in seen.reached},
        {peer: seen.round_trips[peer] for peer in names if peer in seen.round_trips},
    )
