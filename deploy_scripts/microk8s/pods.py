"""The pods on a node, and the disruption budgets that may keep them there.

Names, phases and labels of Kubernetes have no blanks, so each object is a line of words. The first
line of each list says how many there are, so that none can be lost.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.cordoning import KUBECTL

MOST_OBJECTS, MOST_WORDS = 1000, 200
FINISHED = frozenset({"Succeeded", "Failed"})
_LABELS = '{{range $key, $value := %s}}{{printf " label:%%s=%%s" $key $value}}{{end}}'
_LIST = '{{printf "%s %%d\\n" (len .items)}}{{range .items}}%s{{"\\n"}}{{end}}'

POD_TEMPLATE = _LIST % (
    "pods",
    '{{printf "%s %s %s" .metadata.namespace .metadata.name .status.phase}}'
    "{{range .metadata.ownerReferences}}"
    '{{if .controller}}{{printf " owner:%s" .kind}}{{end}}{{end}}'
    "{{range $key, $value := .metadata.annotations}}"
    '{{if eq $key "kubernetes.io/config.mirror"}} static{{end}}{{end}}'
    + _LABELS
    % ".metadata.labels",
)
BUDGET_TEMPLATE = _LIST % (
    "budgets",
    '{{printf "%s %s" .metadata.namespace .metadata.name}}'
    "{{if .status.disruptionsAllowed}} allows{{end}}"
    "{{if .spec.selector.matchExpressions}} expressions{{end}}"
    + _LABELS
    % ".spec.selector.matchLabels",
)

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_PHASE = re.compile(r"[A-Z][A-Za-z]{0,30}")
_LABEL = re.compile(r"label:([A-Za-z0-9._/-]{1,317})=([A-Za-z0-9._-]{0,63})")
_OWNER = re.compile(r"owner:([A-Za-z0-9]{1,100})")


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod, as far as a drain is concerned."""

    namespace: str
    name: str
    phase: str
    owner: str = ""
    """The kind of its controller; empty where nothing would make it anew elsewhere."""
    is_static: bool = False
    """Whether the kubelet itself made it of a file, so that nobody can evict it."""
    labels: Mapping[str, str] | None = None

    @property
    def path(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def has_to_go(self) -> bool:
        """Whether a node is not drained while the pod is there."""
        return not self.is_static and self.owner != "DaemonSet" and self.phase not in FINISHED


@dataclass(frozen=True, slots=True)
class Budget:
    """One disruption budget."""

    namespace: str
    name: str
    is_spent: bool
    """Whether it lets no further pod go."""
    labels: Mapping[str, str]
    has_expressions: bool = False
    """Whether it selects by more than labels, so that nobody here can tell which pods."""

    @property
    def path(self) -> str:
        return f"{self.namespace}/{self.name}"

    def keeps(self, pod: Pod) -> bool:
        """Return whether it keeps a pod from being evicted, or may."""
        if not self.is_spent or pod.namespace != self.namespace:
            return False
        return self.labels.items() <= (pod.labels or {}).items()


class NodePods(FactBase[dict[str, Any]]):
    """The pods of a node and all budgets, as ``{"pods": [Pod], "budgets": [Budget]}``."""

    def command(self, node: str) -> str:
        pods, budgets = shlex.quote(POD_TEMPLATE), shlex.quote(BUDGET_TEMPLATE)
        where = shlex.quote(f"spec.nodeName={node}")
        script = (
            f"{KUBECTL} get pods -A --field-selector {where} -o go-template={pods} || exit 1\n"
            f"{KUBECTL} get poddisruptionbudgets -A -o go-template={budgets} || exit 1\n"
        )
        shown = f"microk8s kubectl get pods -A --field-selector spec.nodeName={node}"
        return root_script(script, timeout=50, shows=shown)

    def process(self, output: Any) -> dict[str, Any]:
        return parse_pods(list(output))


def parse_pods(lines: Sequence[str]) -> dict[str, Any]:
    """Read both lists. Raises ``ValueError`` for what the templates do not print."""
    pods, rest = _listed("pods", lines)
    budgets, rest = _listed("budgets", rest)
    if rest:
        raise ValueError(f"kubectl printed {rest[0][:60]!r} after its budgets")
    return {"pods": [*map(_pod, pods)], "budgets": [*map(_budget, budgets)]}


def _listed(what: str, lines: Sequence[str]) -> tuple[list[list[str]], Sequence[str]]:
    """Return the words of each object of the first list, and the lines after it."""
    counted = re.fullmatch(rf"{what} ([0-9]{{1,6}})", lines[0]) if lines else None
    if counted is None:
        raise ValueError(f"kubectl printed {(lines[0] if lines else '')[:60]!r}, not its {what}")
    count = int(counted[1])
    if count > MOST_OBJECTS or len(lines) <= count:
        raise ValueError(f"kubectl printed {len(lines) - 1} lines for {count} {what}")
    listed = [line.split(" ") for line in lines[1 : count + 1]]
    for words in listed:
        if len(words) > MOST_WORDS or not all(map(_NAME.fullmatch, words[:2])):
            raise ValueError(f"{' '.join(words)[:60]!r} is none of kubectl's {what}")
    return listed, lines[count + 1 :]


def _pod(words: Sequence[str]) -> Pod:
    if len(words) < 3 or not _PHASE.fullmatch(words[2]):
        raise ValueError(f"{' '.join(words)[:60]!r} is no pod")
    marks, labels = _marks(words[3:])
    owners = [found[1] for found in map(_OWNER.fullmatch, marks) if found]
    if len(owners) + marks.count("static") != len(marks) or len(owners) > 1:
        raise ValueError(f"{' '.join(marks)[:60]!r} says nothing of a pod")
    return Pod(words[0], words[1], words[2], "".join(owners), "static" in marks, labels)


def _budget(words: Sequence[str]) -> Budget:
    if len(words) < 2:
        raise ValueError(f"{' '.join(words)[:60]!r} is no budget")
    marks, labels = _marks(words[2:])
    if not set(marks) <= {"allows", "expressions"}:
        raise ValueError(f"{' '.join(marks)[:60]!r} says nothing of a budget")
    return Budget(words[0], words[1], "allows" not in marks, labels, "expressions" in marks)


def _marks(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part what is no label from the labels."""
    found = {word: _LABEL.fullmatch(word) for word in words}
    labels = {label[1]: label[2] for label in found.values() if label}
    return [word for word in words if found[word] is None], labels
