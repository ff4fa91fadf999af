"""What forming a cluster has left on a lab's hosts: proof that everybody did the same work."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.contenders.work import Shape
from bench.processes import CannotMeasure
from deploy_scripts.fleet.marks import JOINS, OWN
from deploy_scripts.microk8s.facts import CLUSTER_VIEW, parse_view
from deploy_scripts.prepare_hosts import MODULES_FILE, SYSCTL_FILE
from lab.lab import Lab

FILES = f"""
for file in /etc/hosts {SYSCTL_FILE} {MODULES_FILE} {OWN}/*; do
  # Rows like job=ID name who did it, which is no work, and so does the whole list of joins.
  [ "$file" != {JOINS} ] || continue
  echo "== $file"; sed '/^[a-z]*=/d' "$file"
done
echo == snap; snap list microk8s
"""
BY_CHANCE = frozenset({"time", "sha256"})
"""Facts of an effect that differ from run to run: when, and which token."""
SHOWN = 6


@dataclass(frozen=True, slots=True)
class EndState:
    """Everything that can be compared, as lines that name their host."""

    lines: Counter[str]
    emulated_commands: int
    """How often the emulated programs ran: not compared, since whoever looks more runs more."""


def end_state(lab: Lab, shape: Shape) -> EndState:
    """Read the members and nodes, the files of the preparation and the journals of effects."""
    names = [host.name for host in shape.hosts]
    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(lambda name: lab.exec(name, FILES), names))
    lines = Counter(_cluster(lab, shape))
    for name, read in zip(names, files, strict=True):
        lines.update(f"{name} {line}" for line in read.stdout.splitlines())
        lines.update(f"{name} {effect}" for effect in _effects(lab, name))
    commands = sum(1 for name in names for _ in journal(lab, name, "commands"))
    return EndState(lines, commands)


def check_same(first: EndState, other: EndState, names: tuple[str, str]) -> None:
    """Refuse a comparison of two contenders whose work differs."""
    only_first, only_other = first.lines - other.lines, other.lines - first.lines
    if not only_first and not only_other:
        return
    differences = [f"only {names[0]}: {line}" for line in only_first]
    differences += [f"only {names[1]}: {line}" for line in only_other]
    more = f"\n  and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
    raise CannotMeasure(
        f"cannot compare {names[0]} with {names[1]}: their work differs:\n  "
        + "\n  ".join(differences[:SHOWN])
        + more
    )


def journal(lab: Lab, host: str, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of one of a host's journals."""
    file = lab.log_directory(host) / f"{name}.jsonl"
    if file.exists():
        yield from (json.loads(line) for line in file.read_text().splitlines())


def _effects(lab: Lab, host: str) -> Iterator[str]:
    for row in journal(lab, host, "effects"):
        kept = {name: fact for name, fact in row.items() if name not in BY_CHANCE}
        yield json.dumps(kept, sort_keys=True)


def _cluster(lab: Lab, shape: Shape) -> Iterator[str]:
    """Yield the members and nodes as the seed sees them; refuse a cluster that is not whole."""
    view = parse_view(lab.exec(shape.seed.name, CLUSTER_VIEW).stdout.splitlines())
    led = view["members"] if view["has_leader"] else []
    voters = [row for row in led if row["role"] == "voter" and row["alive"]]
    ready = [row for row in view["nodes"] or () if row["ready"]]
    if len(voters) != len(shape.control_plane) or len(ready) != len(shape.hosts):
        raise CannotMeasure(
            f"cannot count the cluster as formed: {len(voters)} voters are alive and "
            f"{len(ready)} nodes are Ready; {shape.params()} was asked for"
        )
    for row in view["members"]:
        yield f"member {row['address']} {row['role']} alive={row['alive']}"
    for row in view["nodes"]:
        yield f"node {row['name']} {row['address']} {row['role']} ready={row['ready']}"
