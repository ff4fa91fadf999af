"""The remote work of forming a cluster as command files, made by the deploys' own renderers.

A contender sends the texts that the product sends, so that only the way of sending them differs.
It leaves out what only the product does: looking again before each step, and remembering.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy_scripts.checks.host_survey import Survey
from deploy_scripts.checks.probe_network import PORTS, SECONDS, NetworkProbe
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.install_microk8s import INSTALL
from deploy_scripts.install_microk8s import TIMEOUT as INSTALL_SECONDS
from deploy_scripts.microk8s.facts import AWAIT_ROLES, CLUSTER_VIEW, DQLITE
from deploy_scripts.microk8s.join_token import AGENT_PORT, BURN, MINT
from deploy_scripts.microk8s.joining import JOIN
from deploy_scripts.microk8s.looking import JOIN_SECONDS
from deploy_scripts.prepare_hosts import TIMEOUT as PREPARE_SECONDS
from deploy_scripts.prepare_hosts import host_lines, prepare_script
from lab.lab import Lab, LabHost
from workflows.steps import SETTLE_SECONDS

CHANNEL = "1.32/stable"
VOTERS = 3
CONTROL_PLANE, WORKER = "control-plane", "worker"

# Counts what a view shows. It is enough when as many members, answering members, voters, control
# plane nodes and Ready nodes are seen as are wanted.
COUNT = r"""
/^\t\t"Address": / {members++}
/^\t\t"Role": 0/ {voters++}
/^@@alive / {alive++}
/^node .* label="node.kubernetes.io\/microk8s-controlplane"/ {control++}
/^node .* ready="True"/ {ready++}
END {exit !(members==M && alive==M && control==M && voters==V && ready==N)}
"""

# Waits as the product does, then looks more finely, all on the host itself: no round trip is lost.
SETTLE = f"""
{DQLITE}{AWAIT_ROLES}
look() {{ {CLUSTER_VIEW}
}}
n=0
until look | awk -v M=$members -v V=$voters -v N=$nodes '{COUNT}'; do
  n=$((n+1)); [ $n -lt {int(SETTLE_SECONDS) * 10} ] || {{ echo 'cannot settle' >&2; exit 1; }}
  sleep 0.05
done
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """The cluster to form: which hosts, and what they become."""

    control_plane: tuple[LabHost, ...]
    workers: tuple[LabHost, ...]

    @classmethod
    def of(cls, lab: Lab, hosts: int) -> "Shape":
        """Return the shape of so many hosts: three control plane nodes, and workers."""
        return cls(lab.hosts[:VOTERS], lab.hosts[VOTERS:hosts])

    @property
    def hosts(self) -> tuple[LabHost, ...]:
        return self.control_plane + self.workers

    @property
    def seed(self) -> LabHost:
        return self.control_plane[0]

    @property
    def roles(self) -> dict[str, str]:
        named = dict.fromkeys((host.name for host in self.control_plane), CONTROL_PLANE)
        return named | dict.fromkeys((host.name for host in self.workers), WORKER)

    def params(self) -> dict[str, object]:
        """Return the same wish as the product's ``create-cluster`` wants it."""
        return {
            "control_plane": [host.name for host in self.control_plane],
            "workers": [host.name for host in self.workers],
            "channel": CHANNEL,
        }


def commands(shape: Shape) -> dict[str, str]:
    """Return each batch of remote commands by its name: one SSH session each."""
    names = tuple(shape.roles)
    addresses = tuple(host.node_address for host in shape.hosts)
    reach = {
        host.name: {"address": host.node_address, "listen": PORTS[shape.roles[host.name]]}
        for host in shape.hosts
    }
    config = json.dumps({"hosts": reach, "seconds": SECONDS})
    # A host of the lab has one address; the product takes it from its inventory.
    settings = f"channel={CHANNEL}\nset -- $(hostname -I); node_address=$1\n"
    install = root_script(settings + INSTALL, timeout=INSTALL_SECONDS)
    everyone = len(shape.hosts)
    return {
        "survey": Survey().command(names, addresses),
        # Apart from the survey: all hosts must run it at the same time.
        "probe": NetworkProbe().command(config),
        **{f"build.{role}": f"{_prepare(shape, role)} && {install}" for role in PORTS},
        "mint": root_script(MINT, timeout=120),
        f"join.{CONTROL_PLANE}": root_script(f"role=\n{JOIN}", timeout=JOIN_SECONDS),
        f"join.{WORKER}": root_script(f"role=--worker\n{JOIN}", timeout=JOIN_SECONDS),
        **{
            f"settle.{count}": _settle(count, count)
            for count in range(2, len(shape.control_plane) + 1)
        },
        "settle.all": _settle(len(shape.control_plane), everyone),
        "view": root_script(CLUSTER_VIEW, timeout=40),
    }


def _prepare(shape: Shape, role: str) -> str:
    """Return what prepares a host of a role, told the names of all."""
    addresses = {host.name: host.node_address for host in shape.hosts}
    script = prepare_script(role, host_lines(addresses, {}))
    return root_script(script, timeout=PREPARE_SECONDS)


def _settle(members: int, nodes: int) -> str:
    """Return what burns the tokens that are left, and waits for so many members and nodes."""
    voters = VOTERS if members >= VOTERS else 1
    given = f"members={members}\nvoters={voters}\nnodes={nodes}\n"
    waiting = root_script(f"{BURN}\n{given}{SETTLE}", timeout=int(SETTLE_SECONDS) + 60)
    return f"{waiting} </dev/null"  # standard input is for what follows in the same session


def write(folder: Path, shape: Shape) -> None:
    """Write the command files, and how SSH finds the hosts, for a contender to read."""
    (folder / "commands").mkdir(parents=True, exist_ok=True)
    for name, text in commands(shape).items():
        (folder / "commands" / name).write_text(text)
    (folder / "count.awk").write_text(COUNT)
    (folder / "known_hosts").write_text(
        "".join(f"[{host.address}]:{host.port} {host.host_key}\n" for host in shape.hosts)
    )
    (folder / "hosts").write_text("".join(f"{line}\n" for line in _host_lines(shape)))
    (folder / "ssh_config").write_text("\n".join(_ssh_config(folder, shape)) + "\n")


def _host_lines(shape: Shape) -> Iterator[str]:
    for host in shape.hosts:
        yield f"{host.name} {shape.roles[host.name]} {host.node_address}:{AGENT_PORT}"


def _ssh_config(folder: Path, shape: Shape) -> Iterator[str]:
    for host in shape.hosts:
        yield f"Host {host.name}"
        yield f"  HostName {host.address}\n  Port {host.port}\n  User {host.user}"
    yield f"Host *\n  IdentityFile {shape.seed.key_file}\n  IdentitiesOnly yes"
    yield f"  UserKnownHostsFile {folder}/known_hosts\n  StrictHostKeyChecking yes"
    yield f"  ControlMaster auto\n  ControlPath {folder}/%n.ssh\n  ControlPersist 60"
    yield "  BatchMode yes\n  PreferredAuthentications publickey\n  LogLevel ERROR"
    yield "  RequestTTY no\n  Compression no\n  CheckHostIP no\n  GlobalKnownHostsFile /dev/null"
