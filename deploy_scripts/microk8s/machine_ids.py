"""Which machine a host is, and which machine each node's kubelet says that it runs on."""

import re
from collections.abc import Sequence
from shlex import quote
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.facts import MICROK8S

TEMPLATE = (
    '{{range .items}}{{printf "node %s %s\\n" .metadata.name .status.nodeInfo.machineID}}{{end}}'
)
OF_NODES = f"""
echo nodes:
timeout -k 1 15 {MICROK8S} kubectl --request-timeout=10s get nodes \\
  -o go-template={quote(TEMPLATE)} 2>/dev/null
true
"""
OWN = """
echo machine:
cat /etc/machine-id 2>/dev/null
true
"""
_NODE = re.compile(r"node ([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?) ([0-9A-Fa-f-]{1,64})", re.ASCII)
_ID = re.compile(r"[0-9A-Fa-f-]{1,64}", re.ASCII)
MOST_NODES = 1000


class MachineId(FactBase[str]):
    """The id of the machine that a host is; empty where it has none."""

    def command(self) -> str:
        return root_script(OWN, timeout=15, shows="cat /etc/machine-id")

    def process(self, output: Any) -> str:
        return parse_machine(list(output))


class NodeMachines(FactBase[dict[str, str]]):
    """The machine that each node runs on, by the node's name; without those that do not tell."""

    def command(self) -> str:
        return root_script(OF_NODES, timeout=30, shows="microk8s kubectl get nodes")

    def process(self, output: Any) -> dict[str, str]:
        return parse_machines(list(output))


def parse_machine(lines: Sequence[str]) -> str:
    """Read a machine's id. Raises ``ValueError`` where the host did not look for it."""
    if list(lines[:1]) != ["machine:"]:
        raise ValueError("the host did not look for its machine id")
    text = lines[1].strip() if len(lines) > 1 else ""
    return text if _ID.fullmatch(text) else ""


def parse_machines(lines: Sequence[str]) -> dict[str, str]:
    """Read the machine of each node; a line that tells none is passed over.

    Raises ``ValueError`` where nobody looked, or for more lines than a cluster has nodes.
    """
    if list(lines[:1]) != ["nodes:"]:
        raise ValueError("the host did not look for the machines of the nodes")
    if len(lines) > MOST_NODES:
        raise ValueError(f"kubectl printed {len(lines)} lines, {MOST_NODES} at most are right")
    found = filter(None, map(_NODE.fullmatch, lines[1:]))
    return {match[1]: match[2] for match in found}
