"""Who reaches whom on which port, and how fast: measured between the hosts themselves.

All hosts must run the program at the same time, so all are asked in one go.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.errors import HostFailure
from deploy_scripts.fleet import Fleet

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
MOST_HOSTS = 1000
LONGEST = 500_000
"""Letters of an answer; a host of a thousand takes a third of that."""
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
    line = next((line for line in reversed(lines) if line.startswith('{"listening"')), None)
    if line is None:
        raise ValueError("the program's answer is missing")
    try:
        return _read(json.loads(line[:LONGEST]))
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"the program's answer has another shape ({error})") from error


def _read(said: Any) -> Probe:
    return Probe(
        listening=_words(said["listening"]),
        reached={peer: _words(row) for peer, row in _rows(said["reached"]).items()},
        round_trips={peer: _times(row) for peer, row in _rows(said["round_trips"]).items()},
    )


def _rows(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise TypeError(f"{type(said).__name__} is no table")
    return dict(islice(said.items(), MOST_HOSTS))


def _words(said: Any) -> dict[str, str]:
    """Each of our ports with what was said of it, in short and on one line."""
    return {
        port: "".join(letter if letter.isprintable() else "?" for letter in str(said[port])[:60])
        for port in KNOWN
        if port in _rows(said)
    }


def _times(said: Any) -> tuple[float, float]:
    least, mean = (float(value) for value in said[:2])
    if not (0 <= least < float("inf") and 0 <= mean < float("inf")):
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
    # Without a line of output pyinfra answers with no fact at all.
    return {name: seen for name, seen in found.items() if seen is not None}, failures
