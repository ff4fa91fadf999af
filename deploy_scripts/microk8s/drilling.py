"""What a drill does to a node, and what it asks the others meanwhile.

The probe is a write: a number that is noted on the node's own Node object by the API of each other
control plane node. It needs that API server, a leader of the datastore and a quorum.
"""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase, deploy

from cluster.drills import Placed
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.cordoning import KUBECTL
from deploy_scripts.microk8s.facts import MICROK8S, NODES
from deploy_scripts.microk8s.healing import DROP_INS, HELD, OURS
from deploy_scripts.microk8s.view_parser import parse_listing

PROBE = "clusterwright.io/drill-probe"
"""The annotation of a Node whose value is the number of the last write."""
STOP_SECONDS = 60
PROBE_SECONDS = 4
STAYS = frozenset({"DaemonSet", "Node"})
"""Kinds of owners whose pods stay with their node: ``Node`` owns the static ones."""
MOST_PODS = 5000
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_POD = re.compile(
    rf"pod(?: node:({_NAME}))?(?: owner:([A-Za-z0-9]{{1,100}}))?"
    r"(?: ready:(True|False|Unknown))?( leaving)?"
)
_COUNT = re.compile(r"pods ([0-9]{1,6})")
_NUMBER = re.compile(r"probe(?: ([0-9]{1,9}))?")
_SHOWN = 60

POD_TEMPLATE = (
    '{{printf "pods %d\\n" (len .items)}}{{range .items}}pod'
    '{{if .spec.nodeName}}{{printf " node:%s" .spec.nodeName}}{{end}}'
    "{{range .metadata.ownerReferences}}"
    '{{if .controller}}{{printf " owner:%s" .kind}}{{end}}{{end}}'
    '{{range .status.conditions}}{{if eq .type "Ready"}}'
    '{{printf " ready:%s" .status}}{{end}}{{end}}'
    '{{if .metadata.deletionTimestamp}} leaving{{end}}{{"\\n"}}{{end}}'
)
PODS = f"""
echo '@@pods'
{KUBECTL} get pods -A -o go-template={shlex.quote(POD_TEMPLATE)} 2>/dev/null || echo '@@none'
"""
NOTE_TEMPLATE = (
    "probe{{range $key, $value := .metadata.annotations}}"
    f'{{{{if eq $key "{PROBE}"}}}}'
    '{{printf " %s" $value}}{{end}}{{end}}{{"\\n"}}'
)

_DROP_IN = "".join(
    f"mkdir -p {path.rpartition('/')[0]} && printf '[Service]\\nRestart=no\\n' >{path} || exit 1\n"
    for path in DROP_INS
)
_UNITS = " ".join(f"snap.microk8s.{name}" for name in HELD)
STOP = f"{OURS}snap stop --no-wait microk8s\ntrue\n"
KILL = f"""{OURS}{_DROP_IN}systemctl daemon-reload || exit 1
set --
for unit in {_UNITS}; do systemctl is-active --quiet $unit && set -- "$@" $unit; done
[ $# = 0 ] || systemctl kill --signal=KILL "$@"
true
"""
"""All at once, so that nothing is handed over, nobody leaves, and systemd starts nothing again."""


@deploy("Stop MicroK8s for a drill")
def stop() -> None:
    """Have snapd stop the services, and do not wait for it: what happens meanwhile is watched.

    Whether it did is read afterwards. They stay enabled: a reboot of the host starts them again.
    """
    remote_script(
        name="Stop MicroK8s", script=STOP, timeout=STOP_SECONDS, shows="snap stop microk8s"
    )


@deploy("Kill the services for a drill")
def kill() -> None:
    """Kill kubelite and the datastore as a crash does; whether they are down is read afterwards."""
    remote_script(
        name="Kill the services",
        script=KILL,
        timeout=STOP_SECONDS,
        shows=f"systemctl kill --signal=KILL {_UNITS}",
    )


@deploy("Take the note of the probes off")
def forget_probes(node: str) -> None:
    """Take the annotation off; whether it is gone matters to nobody."""
    line = f"{KUBECTL} annotate node {shlex.quote(node)} {PROBE}-\ntrue"
    shown = f"microk8s kubectl annotate node {node} {PROBE}-"
    remote_script(name="Take the note of the probes off", script=line, timeout=60, shows=shown)


class WriteProbe(FactBase[bool]):
    """Whether the API of a host took a write; asked as a fact, as nobody wants it each second."""

    def command(self, node: str, number: int) -> str:
        script = (
            f"if timeout -k 1 {PROBE_SECONDS} {MICROK8S} kubectl "
            f"--request-timeout={PROBE_SECONDS - 1}s annotate node {shlex.quote(node)} --overwrite "
            f"{shlex.quote(f'{PROBE}={number}')} >/dev/null 2>&1; then echo yes; else echo no; fi"
        )
        return root_script(
            script, timeout=PROBE_SECONDS + 4, shows="microk8s kubectl annotate node"
        )

    def process(self, output: Any) -> bool:
        return parse_answer(list(output))


class LastWrite(FactBase[int]):
    """The number that the last probe left on a node; 0 where there is none."""

    def command(self, node: str) -> str:
        question = f"{KUBECTL} get node {shlex.quote(node)} -o go-template='{NOTE_TEMPLATE}'"
        return root_script(question, timeout=30, shows=f"microk8s kubectl get node {node}")

    def process(self, output: Any) -> int:
        return parse_number(list(output))


class Sight(FactBase[dict[str, Any]]):
    """Nodes and placed pods in one look; each is ``None`` where the API does not tell it."""

    def command(self, node: str) -> str:
        # The node comes back with the answer: the parser counts by it.
        script = f"echo {shlex.quote(f'@@node {node}')}{NODES}{PODS}"
        return root_script(script, timeout=50, shows="microk8s kubectl get nodes; get pods -A")

    def process(self, output: Any) -> dict[str, Any]:
        return parse_sight(list(output))


def parse_answer(lines: Sequence[str]) -> bool:
    """Read whether a write was taken. Raises ``ValueError`` for what the script does not print."""
    if lines not in (["yes"], ["no"]):
        raise ValueError(f"{' '.join(lines)[:_SHOWN]!r} is no answer of a probe")
    return lines == ["yes"]


def parse_number(lines: Sequence[str]) -> int:
    """Read a number. Raises ``ValueError`` for what the template does not print."""
    found = _NUMBER.fullmatch(lines[0]) if len(lines) == 1 else None
    if found is None:
        raise ValueError(f"kubectl printed {' '.join(lines)[:_SHOWN]!r}, not the last probe")
    return int(found[1] or 0)


def parse_sight(lines: Sequence[str]) -> dict[str, Any]:
    """Read the condition of the node, and the pods. Raises ``ValueError`` for anything else."""
    head, _, node = lines[0].partition(" ") if lines else ("", "", "")
    if head != "@@node" or not re.fullmatch(_NAME, node) or lines.count("@@pods") != 1:
        raise ValueError("a sight has no beginning, or no list of pods")
    middle = lines.index("@@pods")
    nodes, _ = parse_listing(lines[1:middle])
    placed = None if lines[middle + 1 :][-1:] == ["@@none"] else _placed(lines[middle + 1 :], node)
    row = next((each for each in nodes or () if each["name"] == node), None)
    return {
        "ready": None if row is None else row["condition"] == "True",
        "pods": placed,
    }


def _placed(lines: Sequence[str], node: str) -> Placed:
    counted = _COUNT.fullmatch(lines[0]) if lines else None
    if counted is None or int(counted[1]) > MOST_PODS or len(lines) - 1 != int(counted[1]):
        raise ValueError(f"kubectl printed {len(lines)} lines, not its pods")
    on_node = elsewhere = 0
    for line in lines[1:]:
        found = _POD.fullmatch(line)
        if found is None:
            raise ValueError(f"{line[:_SHOWN]!r} is no pod")
        home, owner, ready, leaving = found.groups()
        if owner in STAYS or leaving:
            continue
        on_node += home == node
        elsewhere += home not in (None, node) and ready == "True"
    return Placed(on_node, elsewhere)
