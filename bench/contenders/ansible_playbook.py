"""ansible-core in an environment of its own: its playbook's inventory and command line."""

import json
from collections.abc import Iterator
from pathlib import Path

from bench.contenders.work import Shape, commands
from bench.environments import environment_of
from deploy_scripts.microk8s.join_token import AGENT_PORT

HERE = Path(__file__).parent / "ansible"


def program() -> Path:
    """Return ansible-playbook, installed as pinned."""
    return environment_of("ansible", HERE / "requirements.txt") / "ansible-playbook"


def write_inventory(folder: Path, shape: Shape) -> None:
    """Write the inventory, beside what every contender is given."""
    (folder / "inventory.yml").write_text("".join(f"{line}\n" for line in _inventory(shape)))


def command(folder: Path) -> list[str]:
    """Return the command line that forms the cluster which ``folder`` describes."""
    inventory, playbook = folder / "inventory.yml", HERE / "create_cluster.yml"
    return [str(program()), "-i", str(inventory), str(playbook)]


def environment(folder: Path) -> dict[str, str]:
    """Return the settings that name the folder; the others are in ansible.cfg."""
    kept = f"-F {folder}/ssh_config -o ControlMaster=auto -o ControlPersist=60s"
    return {
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_SSH_ARGS": kept,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder),
        "LC_ALL": "C.UTF-8",
    }


def _inventory(shape: Shape) -> Iterator[str]:
    """Yield YAML, in which every JSON value is one too; Jinja does not read what is unsafe."""
    joiners = shape.control_plane[1:]
    texts = commands(shape)
    yield "all:\n  vars:"
    yield f"    seed: {shape.seed.name}\n    agent: {shape.seed.node_address}:{AGENT_PORT}"
    yield "    texts:"
    for name, text in texts.items():
        yield f"      {name}: !unsafe {json.dumps(text)}"
    yield "  hosts:"
    for place, host in enumerate(shape.hosts):
        # Before the third is joined, the second has settled; before the second, nothing is due.
        before = texts.get(f"settle.{place}", ":")
        facts = {"address": host.node_address, "role": shape.roles[host.name]}
        yield f"    {host.name}:"
        yield from (f"      {name}: {fact}" for name, fact in facts.items())
        yield f"      before: !unsafe {json.dumps(before)}"
    yield "  children:"
    groups = {"joiners": joiners, "workers": shape.workers, "viewers": shape.control_plane[:2]}
    for group, hosts in groups.items():
        yield f"    {group}:\n      hosts: {json.dumps({host.name: {} for host in hosts})}"
