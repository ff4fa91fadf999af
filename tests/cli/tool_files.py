"""Files of k0sctl and KubeOne as people write them, made up, beside what is to come of them."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from hypothesis import strategies as st

from cluster.spec import DEDICATED_TAINT

K0SCTL, KUBEONE = "k0sctl", "kubeone"
KEYS = ("disk", "tier", "topology.kubernetes.io/zone", "example.com/rack-1")
VALUES = ("ssd", "web", "a", "", "rack_2.b")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


@dataclass
class Machine:
    """A host, said in no tool's words."""

    name: str
    number: int
    is_control_plane: bool
    runs_pods: bool
    is_named: bool = True
    port: int | None = None
    user: str | None = None
    has_private: bool = False
    bastion: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    taints: dict[str, str] = field(default_factory=dict)
    """The value and the effect by key, of which a node has one here."""

    @property
    def address(self) -> str:
        return f"10.1.0.{self.number}"

    @property
    def private(self) -> str:
        return f"192.168.9.{self.number}"


@dataclass
class ToolFile:
    """A file, and the cluster that it means."""

    tool: str
    api_version: str
    name: str
    minor: int
    version: str
    machines: list[Machine]
    flow: bool
    indent: int

    @property
    def text(self) -> str:
        document = _k0sctl(self) if self.tool == K0SCTL else _kubeone(self)
        return yaml.safe_dump(
            document, sort_keys=False, default_flow_style=self.flow, indent=self.indent, width=200
        )


def _k0sctl(of: ToolFile) -> dict[str, Any]:
    return {
        "apiVersion": of.api_version,
        "kind": "Cluster",
        "metadata": {"name": of.name, "user": "admin"},
        "spec": {
            "hosts": [_k0s_host(each) for each in of.machines],
            "k0s": {"version": of.version, "dynamicConfig": False},
            "options": {"wait": {"enabled": True}},
        },
    }


def _k0s_host(machine: Machine) -> dict[str, Any]:
    role = "worker"
    if machine.is_control_plane:
        role = "controller+worker" if machine.runs_pods else "controller"
    ssh = _said(address=machine.address, user=machine.user, port=machine.port, keyPath="~/.ssh/id")
    if machine.bastion:
        ssh["bastion"] = {"address": machine.bastion, "user": "jump"}
    flags = ["--debug", '--kubelet-extra-args="--node-ip=10.0.0.1 --v=2"']
    if machine.labels:
        flags.append(f"--labels={','.join(f'{k}={v}' for k, v in machine.labels.items())}")
    if machine.taints:
        flags.append(f"--taints {','.join(f'{k}={v}' for k, v in machine.taints.items())}")
    return _said(
        role=role,
        noTaints=True if role == "controller+worker" else None,
        hostname=machine.name if machine.is_named else None,
        privateAddress=machine.private if machine.has_private else None,
        installFlags=flags,
        ssh=ssh,
        uploadBinary=True,
    )


def _kubeone(of: ToolFile) -> dict[str, Any]:
    control_plane = [each for each in of.machines if each.is_control_plane]
    workers = [each for each in of.machines if not each.is_control_plane]
    return {
        "apiVersion": of.api_version,
        "kind": "KubeOneCluster",
        "name": of.name,
        "versions": {"kubernetes": of.version},
        "cloudProvider": {"none": {}},
        "controlPlane": {"hosts": [_kubeone_host(each) for each in control_plane]},
        "staticWorkers": {"hosts": [_kubeone_host(each) for each in workers]},
    }


def _kubeone_host(machine: Machine) -> dict[str, Any]:
    taints = []
    for key, said in machine.taints.items():
        value, _, effect = said.partition(":")
        taints.append(_said(key=key, value=value or None, effect=effect))
    # Without a word of them, a control plane node of KubeOne runs no pods; with one, it does.
    is_word = machine.runs_pods and machine.is_control_plane
    return _said(
        publicAddress=machine.address,
        privateAddress=machine.private if machine.has_private else None,
        hostname=machine.name if machine.is_named else None,
        sshUsername=machine.user,
        sshPort=machine.port,
        bastion=machine.bastion or None,
        bastionUser="jump" if machine.bastion else None,
        sshPrivateKeyFile="~/.ssh/id",
        labels=machine.labels or None,
        taints=taints if taints or is_word else None,
    )


def _said(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def taints_meant(of: ToolFile, machine: Machine) -> list[str]:
    """Return the taints that the node is to have, in any order."""
    own = [f"{key}={said}" for key, said in machine.taints.items()]
    if machine.is_control_plane and not machine.runs_pods:
        # KubeOne's list of taints stands for all of them.
        return [*([] if own and of.tool == KUBEONE else [DEDICATED_TAINT]), *own]
    return own


SAID_TAINTS = st.builds("{}:{}".format, st.sampled_from(VALUES), st.sampled_from(EFFECTS))


@st.composite
def machines(draw: st.DrawFn) -> list[Machine]:
    """Return one to eight hosts, of which one at least is a control plane node."""
    found = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        is_control_plane = number == 1 or draw(st.booleans())
        machine = Machine(
            name=draw(st.sampled_from(["node", "cp", "w", "k8s-a"])) + f"-{number}",
            number=number,
            is_control_plane=is_control_plane,
            runs_pods=not is_control_plane or draw(st.booleans()),
            is_named=draw(st.integers(0, 4)) > 0,
            port=draw(st.sampled_from([None, 22, 2222, 65535])),
            user=draw(st.sampled_from([None, "ops", "ubuntu"])),
            has_private=draw(st.booleans()),
            bastion=draw(st.sampled_from(["", "", "10.2.0.1", "10.2.0.2"])),
            labels=draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))),
            taints=draw(st.dictionaries(st.sampled_from(KEYS), SAID_TAINTS, max_size=2)),
        )
        found.append(machine)
    return found


@st.composite
def tool_files(draw: st.DrawFn) -> ToolFile:
    """Return a file of either tool, in the versions that there are, in one of YAML's styles."""
    tool, minor = draw(st.sampled_from([K0SCTL, KUBEONE])), draw(st.integers(20, 40))
    patch, v = draw(st.integers(0, 19)), draw(st.sampled_from(["", "v"]))
    if tool == K0SCTL:
        api_version = "k0sctl.k0sproject.io/v1beta1"
        more = draw(st.sampled_from(["+k0s.0", "+k0s.1", "-rc.1+k0s.0", ""]))
    else:
        api_version = f"kubeone.k8c.io/v1beta{draw(st.sampled_from([2, 3]))}"
        more = ""
    return ToolFile(
        tool,
        api_version,
        draw(st.sampled_from(["shop", "k0s-cluster", "prod-1"])),
        minor,
        f"{v}1.{minor}.{patch}{more}",
        draw(machines()),
        flow=draw(st.sampled_from([False, False, True])),
        indent=draw(st.sampled_from([2, 4])),
    )
