"""Whether the cluster agent of every node answers: what is pushed to all of them needs each."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyinfra.api import FactBase

from cluster.printable import short
from deploy_scripts.fleet.errors import HostFailure, Transient
from deploy_scripts.fleet.fleet import Fleet

SECONDS = 5
"""How long one agent is waited for."""
TIMEOUT = 60
"""Of the question; some 30 agents are asked at once."""
LONGEST_REASON, NAMED = 120, 3
MOST_ROWS = 1000
_ROW = re.compile(r"([0-9.]{7,15}) (\S.*)", re.ASCII)
PROGRAM = Path(__file__).with_name("agent_health_program.py")
# Where there is no Python, an open port has to do.
PLAIN = f"""
for a in "$@"; do
  if timeout {SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/25000"' "$a" 2>/dev/null
  then echo "$a ok"; else echo "$a no connection"; fi
done
"""


class AgentHealth(FactBase[dict[str, str]]):
    """Why the agent at an address is not healthy, for each that is not."""

    def command(self, addresses: Sequence[str]) -> str:
        bound = ("timeout", "-k", "5", str(TIMEOUT))
        with_python = shlex.join(
            (*bound, "python3", "-I", "-S", "-c", PROGRAM.read_text(), str(SECONDS), *addresses)
        )
        without = shlex.join((*bound, "sh", "-c", PLAIN, "sh", *addresses))
        return f"if command -v python3 >/dev/null; then {with_python}; else {without}; fi"

    def process(self, output: Any) -> dict[str, str]:
        return parse_health(list(output))


def parse_health(lines: Sequence[str]) -> dict[str, str]:
    """Read ``ADDRESS ok`` or ``ADDRESS why``; what was not asked for is left to who asked."""
    rows = filter(None, map(_ROW.fullmatch, lines[:MOST_ROWS]))
    return {row[1]: short(row[2], LONGEST_REASON) for row in rows}


def require_agents(fleet: Fleet, *, seed: str, hosts: Sequence[str], purpose: str) -> None:
    """Raise ``Transient`` naming the nodes whose agents do not answer to the seed.

    One silent agent leaves an addon half applied: on some nodes, and enabled for MicroK8s.
    Hosts that were given up are not asked.
    """
    addresses = {host: fleet.node_address(host) for host in hosts if host not in fleet.lost}
    found = fleet.facts(
        AgentHealth, on=[seed], timeout=TIMEOUT + 10, addresses=tuple(addresses.values())
    )
    silent = _silent(addresses, found[seed])
    if silent:
        more = f" (and {len(silent) - NAMED} more)" if len(silent) > NAMED else ""
        raise Transient(
            f"cannot {purpose}: {'; '.join(list(silent.values())[:NAMED])}{more}",
            failures=[
                HostFailure(host, f"cannot {purpose}: {why}") for host, why in silent.items()
            ],
            advice=f"start MicroK8s on {', '.join(list(silent)[:NAMED])} "
            "(snap start microk8s), or open port 25000 between the nodes, then retry: nothing was "
            "switched yet",
        )


def _silent(addresses: Mapping[str, str], health: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with each node's agent; one of which nothing was heard is silent."""
    reasons = {host: health.get(address, "no answer") for host, address in addresses.items()}
    return {
        host: f"the cluster agent of {host} at {addresses[host]}:25000 does not answer ({why})"
        for host, why in reasons.items()
        if why != "ok"
    }
