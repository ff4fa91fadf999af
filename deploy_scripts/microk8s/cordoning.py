"""Keeping new pods off a node, and letting them on again.

Which job cordoned a node is noted on the Node itself. Whoever takes it back looks there, so that a
node which somebody else had cordoned stays as it was.
"""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase, deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import listed_nodes, node_of

KUBECTL = f"timeout -k 5 20 {MICROK8S} kubectl --request-timeout=10s"
TIMEOUT = 60
CORDONED_BY = "clusterwright.io/cordoned-by"
"""The annotation of a Node whose value is the job that cordoned it."""
BY_HAND, SOMEBODY = "by-hand", "somebody"
"""Stand for the job where a deploy is run without one, and where the note is none of ours."""
_NOTE = re.compile(r'cordoned by(?: "(.*)")?')
_JOB = re.compile(r"[A-Za-z0-9._-]{1,100}")
NOTE_TEMPLATE = (
    "cordoned by{{range $key, $value := .metadata.annotations}}"
    f'{{{{if eq $key "{CORDONED_BY}"}}}}'
    '{{printf " %q" $value}}{{end}}{{end}}{{"\\n"}}'
)
UNKNOWN = "is no node"


@deploy("Cordon a node")
def cordon_node(node: str, job: str) -> None:
    """Note who does it, then cordon; the effect is read afterwards."""
    name, note = shlex.quote(node), shlex.quote(f"{CORDONED_BY}={job}")
    line = f"{KUBECTL} annotate node {name} --overwrite {note} && {KUBECTL} cordon {name}\ntrue"
    remote_script(
        name=f"Cordon {node}", script=line, timeout=TIMEOUT, shows=f"microk8s kubectl cordon {node}"
    )


@deploy("Uncordon a node")
def uncordon_node(node: str) -> None:
    """Uncordon, then take the note off; the effect is read afterwards."""
    name = shlex.quote(node)
    line = f"{KUBECTL} uncordon {name} && {KUBECTL} annotate node {name} {CORDONED_BY}-\ntrue"
    remote_script(
        name=f"Uncordon {node}",
        script=line,
        timeout=TIMEOUT,
        shows=f"microk8s kubectl uncordon {node}",
    )


class CordonNote(FactBase[str]):
    """The job that cordoned a node, by the note on it; empty where there is none."""

    def command(self, node: str) -> str:
        question = f"{KUBECTL} get node {shlex.quote(node)} -o go-template='{NOTE_TEMPLATE}'"
        return root_script(question, timeout=30, shows=f"microk8s kubectl get node {node}")

    def process(self, output: Any) -> str:
        return parse_note(list(output))


def parse_note(lines: Sequence[str]) -> str:
    """Read the job's name. Raises ``ValueError`` for what the template does not print."""
    found = _NOTE.fullmatch(lines[0]) if len(lines) == 1 else None
    if found is None:
        raise ValueError(f"kubectl printed {' '.join(lines)[:60]!r}, not who cordoned a node")
    job = found[1]
    if job is None:
        return ""
    return job if _JOB.fullmatch(job) else SOMEBODY


def cordon(fleet: Fleet, *, seed: str, host: str) -> str:
    """Keep new pods off a node; return what became of it. The effect is read back.

    Where Kubernetes lists no such node nothing can be placed on it.
    """
    node = node_of(listed_nodes(fleet, seed=seed, purpose=f"cordon {host}"), host)
    if node is None:
        return UNKNOWN
    if not node["schedulable"]:
        return "was cordoned"
    fleet.run(cordon_node, on=[seed], timeout=TIMEOUT, node=node["name"], job=_job(fleet))
    node = node_of(listed_nodes(fleet, seed=seed, purpose=f"cordon {host}"), host)
    if node is not None and node["schedulable"]:
        raise Transient(
            f"cannot cordon {host}: node {node['name']} takes new pods still",
            advice="look for a controller that uncordons it again",
        )
    return "cordoned"


def uncordon(fleet: Fleet, *, seed: str, host: str) -> str:
    """Let new pods on a node that this job cordoned; return what became of it."""
    purpose = f"uncordon {host}"
    node = node_of(listed_nodes(fleet, seed=seed, purpose=purpose), host)
    if node is None:
        return UNKNOWN
    if fleet.facts(CordonNote, on=[seed], node=node["name"])[seed] != _job(fleet):
        return "was not cordoned" if node["schedulable"] else f"{KEPT}somebody else cordoned it"
    fleet.run(uncordon_node, on=[seed], timeout=TIMEOUT, node=node["name"])
    node = node_of(listed_nodes(fleet, seed=seed, purpose=purpose), host)
    if node is not None and not node["schedulable"]:
        raise Transient(
            f"cannot uncordon {host}: node {node['name']} takes no new pods still",
            advice="look for a controller that cordons it again",
        )
    return "uncordoned"


def _job(fleet: Fleet) -> str:
    return fleet.mark.job or BY_HAND
