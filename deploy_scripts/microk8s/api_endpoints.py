"""Where the workers of a cluster find its API servers: the endpoints of service ``kubernetes``.

A worker's proxy replaces what it was told at its join by these within half a minute. An API server
that advertises another network's address cuts every worker off that has only this way to it.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import FactBase

from cluster.printable import short
from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, LOOK_SECONDS, look_until

ENDPOINT = "endpoint "
MOST_ADDRESSES = 100
LONGEST_MESSAGE = 300
TEMPLATE = (
    '{{range .subsets}}{{range .addresses}}endpoint {{.ip}}{{"\\n"}}{{end}}{{end}}'  # go-template
)
ENDPOINTS = f"""
echo endpoints
timeout -k 1 15 {MICROK8S} kubectl --request-timeout=10s get endpoints kubernetes -n default \\
  -o go-template='{TEMPLATE}' 2>&1; true
"""
SHOWN = "microk8s kubectl get endpoints kubernetes -n default"


class Endpoints(FactBase[dict[str, Any]]):
    """The addresses of the API servers, as ``{"addresses": [...], "message": ""}``."""

    def command(self) -> str:
        return root_script(ENDPOINTS, timeout=30, shows=SHOWN)

    def process(self, output: Any) -> dict[str, Any]:
        return parse_endpoints(list(output))


def parse_endpoints(lines: Sequence[str]) -> dict[str, Any]:
    """Read the addresses, and what else kubectl said. Raises ``ValueError`` for what is none."""
    rows = [line for line in lines[1:] if line.strip()]
    found = [line.removeprefix(ENDPOINT) for line in rows if line.startswith(ENDPOINT)]
    if len(found) > MOST_ADDRESSES:
        raise ValueError(f"{len(found)} API servers are listed, {MOST_ADDRESSES} at most are right")
    message = " ".join(
        line[:LONGEST_MESSAGE] for line in rows[:10] if not line.startswith(ENDPOINT)
    )
    return {"addresses": sorted(map(_address, found)), "message": short(message, LONGEST_MESSAGE)}


def _address(text: str) -> str:
    try:
        # An IPv6 address may have any text behind a per cent sign.
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no address of an API server") from None


def await_endpoints(
    fleet: Fleet, *, seed: str, seen: Mapping[str, Any], seconds: float = LOOK_SECONDS
) -> None:
    """Return if every control plane node is published under its node address, and nobody else.

    An API server renews its endpoint every 10 s; one that is gone is taken off after 15 s more.
    Raises ``NotYet`` with both lists when that does not happen in ``seconds``.
    """
    wanted = {
        fleet.node_address(node["host"]): node["host"]
        for node in seen["nodes"] or ()
        if node["role"] == "control-plane" and node["host"]
    }
    found, is_right = look_until(
        lambda: fleet.facts(Endpoints, on=[seed])[seed],
        lambda found: set(found["addresses"]) == set(wanted),
        seconds=seconds,
    )
    if is_right:
        return
    missing = sorted(set(wanted) - set(found["addresses"]))
    strange = sorted(set(found["addresses"]) - set(wanted))
    quoted = f"; kubectl said: {found['message']}" if found["message"] else ""
    names = ", ".join(f"{wanted[address]} ({address})" for address in missing)
    raise NotYet(
        "the endpoints of service kubernetes "
        + " and ".join(
            [f"lack {names}"] * bool(missing) + [f"name {', '.join(strange)}"] * bool(strange)
        )
        + quoted,
        after=AGAIN_SECONDS,
        otherwise="cannot see the API servers under their nodes' addresses",
        advice="workers would lose the API: set --advertise-address in "
        "/var/snap/microk8s/current/args/kube-apiserver to the node's address there, then "
        "'snap restart microk8s.daemon-kubelite'",
    )
