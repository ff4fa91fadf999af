"""Which parts of an unpacked snap a lab can use: decided from a picture of its tree alone.

A part or command maps to the reason why the emulated one stands in for it, or to the empty text
where the snap's own is used.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lab.snap_dir import needs
from lab.snap_dir.needs import Tree

RUN_ON_HOSTS = (
    "add-node",
    "config",
    "disable",
    "enable",
    "join",
    "kubectl",
    "leave",
    "refresh-certs",
    "remove-node",
    "start",
    "status",
    "stop",
    "version",
)
"""Commands whose surroundings a lab host has."""

LACKING = {
    "addons": "repositories of addons are fetched from the network",
    "ctr": "there are no containers",
    "dashboard-proxy": "there are no workloads",
    "dbctl": "the datastore keeps no Kubernetes objects",
    "helm": "there are no workloads",
    "helm3": "there are no workloads",
    "images": "there are no containers",
    "inspect": "there is no systemd",
    "istioctl": "there are no workloads",
    "linkerd": "there are no workloads",
    "reset": "there are no workloads",
}
"""What a lab host lacks for a command of MicroK8s, which is therefore never the snap's own."""

UTILS = "actions/common/utils.sh"
DISPATCHER = "microk8s.wrapper"
EMULATED_ALWAYS = {
    "kubectl": "there is no API server behind it",
    "services": "kubelite, containerd and the kicker are not run",
}


class NoSnap(Exception):
    """The directory is no unpacked snap of MicroK8s; the text says what is missing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What of a lab's MicroK8s is the snap's own."""

    directory: str
    version: str
    environment: Mapping[str, str]
    parts: Mapping[str, str]
    commands: Mapping[str, str]
    programs: tuple[str, ...]
    """Programs that scripts name and the host lends to the snap."""
    lent: tuple[str, ...]
    """Entries of this environment's Python packages that its scripts need besides."""
    base: str
    """The directory of the snap's base on this machine, which hosts see too; empty without it."""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def check(directory: str, tree: Tree) -> None:
    """Refuse a tree that is no snap of MicroK8s, and say what is missing."""
    how = "unpack one: snap download microk8s, then unsquashfs microk8s_*.snap"
    if not tree.snap:
        raise NoSnap(f"cannot use {directory} as a snap: meta/snap.yaml is missing; {how}")
    name = tree.snap.get("name")
    if name != "microk8s":
        raise NoSnap(f"cannot use {directory} as a snap: its name is {name}, not microk8s; {how}")
    wanted = (UTILS, DISPATCHER, "bin/cluster-agent", "bin/dqlite")
    found = [path for path in wanted if path in tree.names]
    if not found and not _verbs(tree):
        listed = ", ".join((*wanted, "microk8s-*.wrapper"))
        raise NoSnap(f"cannot use {directory} as a snap: all of {listed} are missing; {how}")


def plan(
    directory: str,
    tree: Tree,
    *,
    dqlite: str,
    missing: Iterable[str],
    lent: Iterable[str] = (),
    base: str = "",
) -> Plan:
    """Decide part by part; `missing` are modules that the scripts' Python cannot import."""
    absent = frozenset(missing)
    commands = {verb: _why_emulated(tree, verb, absent) for verb in sorted(_verbs(tree))}
    commands |= {verb: why for verb, why in _without_wrapper(tree).items() if verb not in commands}
    parts = {
        "dispatcher": _without(tree, DISPATCHER, UTILS),
        "cluster agent": _agent(tree),
        "dqlite shell": _dqlite_shell(tree, dqlite),
        "addon list": _without(tree, "addons/core/addons.yaml"),
        "python3": python_problem(tree),
        "programs": _program(tree, "bin/cat"),
        **EMULATED_ALWAYS,
    }
    environment = {str(k): str(v) for k, v in (tree.snap.get("environment") or {}).items()}
    return Plan(
        directory=directory,
        version=_version(str(tree.snap.get("version", ""))),
        environment=environment,
        parts=parts,
        commands=commands,
        programs=needs.programs(tree),
        lent=tuple(lent),
        base=base,
    )


def python_problem(tree: Tree) -> str:
    """Why the snap's own Python is not used; nothing where it is."""
    return _program(tree, "usr/bin/python3")


def _verbs(tree: Tree) -> set[str]:
    matches = (needs.WRAPPER.fullmatch(name) for name in tree.names)
    return {match[1] for match in matches if match}


def _without_wrapper(tree: Tree) -> dict[str, str]:
    verbs = {*RUN_ON_HOSTS, *LACKING} - {"dashboard-proxy", "inspect"}
    return {verb: f"no microk8s-{verb}.wrapper" for verb in sorted(verbs)}


def _why_emulated(tree: Tree, verb: str, missing: frozenset[str]) -> str:
    if verb not in RUN_ON_HOSTS:
        return LACKING.get(verb, "the lab does not know what it needs")
    if UTILS not in tree.names:
        return f"no {UTILS}"
    needed = needs.scripts_of(tree, verb)
    for path in needed:
        if path not in tree.names:
            return f"no {path}"
        lacking = sorted(needs.imports(tree, path) & missing)
        if lacking:
            return f"python3 has no {', '.join(lacking)}"
    return ""


def _without(tree: Tree, *paths: str) -> str:
    absent = [path for path in paths if path not in tree.names]
    return f"no {' and no '.join(absent)}" if absent else ""


def _program(tree: Tree, path: str) -> str:
    return _without(tree, path) or (f"{path} {tree.broken[path]}" if path in tree.broken else "")


def _agent(tree: Tree) -> str:
    runner = "run-cluster-agent-with-args"
    return _program(tree, "bin/cluster-agent") or _without(tree, runner, UTILS)


def _dqlite_shell(tree: Tree, dqlite: str) -> str:
    if dqlite != "real":
        return "the lab's dqlite is emulated"
    return _program(tree, "bin/dqlite")


def _version(text: str) -> str:
    """The version as MicroK8s writes it; what is no such version counts as a recent one."""
    return text if re.fullmatch(r"v\d+\.\d+\.\d+.*", text) else "v1.36.0"
