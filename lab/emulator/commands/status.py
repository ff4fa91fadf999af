"""`microk8s status`."""

import time
from typing import NamedTuple, NoReturn

from lab.emulator import addon_catalogue, api, host, locks, membership, objects, snapd, terminal
from lab.emulator.addon_catalogue import Addon
from lab.emulator.commands import microk8s
from lab.emulator.dqlite_wire import SPARE, STANDBY, VOTER, Member

USAGE = (
    "usage: microk8s status [-h] [--format {pretty,yaml,short}] [-w] [-t TIMEOUT] [-a ADDON]\n"
    "                       [--yaml]"
)
NOT_RUNNING = "microk8s is not running. Use microk8s inspect for a deeper inspection."
LOW_MEMORY = (
    "This node does not have enough RAM to host the Kubernetes control plane services\n"
    "and join the database quorum."
)
ROLE_WORDS = {VOTER: "voter", STANDBY: "standby", SPARE: "spare"}
HA_VOTERS = 3


class StatusOptions(NamedTuple):
    """What the caller asked for."""

    form: str = "pretty"
    wait: bool = False
    timeout: float = 0.0
    addon: str = ""


class Report(NamedTuple):
    """What there is to say of a running node."""

    members: list[Member]
    enabled: list[Addon]
    disabled: list[Addon]

    @property
    def has_high_availability(self) -> bool:
        return len(self.addresses(VOTER)) >= HA_VOTERS

    def addresses(self, role: int) -> list[str]:
        return [member.address for member in self.members if member.role == role]


def run(_verb: str, words: list[str]) -> int:
    wish = _parse(words)
    microk8s.require_permission()
    if locks.exists(locks.LOW_MEMORY):
        terminal.leave_with(1, LOW_MEMORY)
    if locks.exists(locks.STOPPED):
        terminal.leave_with(0, microk8s.STOPPED)
    if locks.is_worker():
        text = "Please use the control plane node."
        terminal.leave_with(0, f"{microk8s.ACTING_AS_NODE}\n{text}")
    cluster = _wait_until_ready(wish) if wish.wait else _ready_cluster()
    if wish.addon:
        return _show_addon(cluster, wish.addon)
    if not cluster:
        return _show_not_running(wish)
    show = {"yaml": _show_yaml, "short": _show_short}.get(wish.form, _show_pretty)
    show(_report(cluster))
    return 0


def _parse(words: list[str]) -> StatusOptions:
    wish, rest = StatusOptions(), list(words)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name in ("-w", "--wait-ready"):
            wish = wish._replace(wait=True)
        elif name == "--yaml":
            wish = wish._replace(form="short-yaml")
        elif name in ("--format", "-t", "--timeout", "-a", "--addon"):
            value = value if equals else (rest.pop(0) if rest else _refuse(name))
            wish = _with_value(wish, name, value)
        elif name in ("-h", "--help"):
            terminal.leave_with(0, USAGE)
        else:
            _refuse(name)
    return wish


def _with_value(wish: StatusOptions, name: str, value: str) -> StatusOptions:
    if name == "--format" and value in ("pretty", "yaml", "short"):
        return wish._replace(form=value)
    if name in ("-t", "--timeout") and value.isdigit():
        return wish._replace(timeout=float(value))
    if name in ("-a", "--addon"):
        return wish._replace(addon=value)
    return _refuse(f"{name} {value}")


def _refuse(words: str) -> NoReturn:
    terminal.fail(f"{USAGE}\nmicrok8s status: error: unrecognized arguments: {words}", 2)


def _ready_cluster() -> str:
    """The cluster's id when its API answers and shows a Ready node, else nothing."""
    try:
        cluster = api.require()
    except (api.Down, api.NoQuorum):
        if not membership.has_leader():
            host.work("no-leader")
        return ""
    return cluster if api.has_ready_node(cluster) else ""


def _wait_until_ready(wish: StatusOptions) -> str:
    began = time.monotonic()
    while True:
        cluster = _ready_cluster()
        if cluster or (wish.timeout and time.monotonic() - began > wish.timeout):
            return cluster
        time.sleep(host.poll_interval(2.0))


def _report(cluster: str) -> Report:
    version = str((snapd.installed() or {"version": "v1.36.0"})["version"])
    on = objects.visible_addons(cluster)
    known = addon_catalogue.listed(version)
    enabled = [addon for addon in known if addon_catalogue.original(addon.name) in on]
    disabled = [addon for addon in known if addon not in enabled]
    return Report(membership.members_with_patience(), enabled, disabled)


def _show_addon(cluster: str, name: str) -> int:
    short = name.rpartition("/")[2]
    is_on = bool(cluster) and short in [addon.name for addon in _report(cluster).enabled]
    terminal.out("enabled" if is_on else "disabled")
    return 0 if cluster else 1


def _show_not_running(wish: StatusOptions) -> int:
    if wish.form == "yaml":
        _show_yaml_head(membership.members_with_patience(), running=False)
        terminal.out(f"  message: {NOT_RUNNING}")
    else:
        terminal.out(NOT_RUNNING)
    return 1


def _show_pretty(report: Report) -> None:
    terminal.out("microk8s is running")
    terminal.out(f"high-availability: {'yes' if report.has_high_availability else 'no'}")
    for word, role in (("master", VOTER), ("standby", STANDBY)):
        addresses = " ".join(report.addresses(role)) or "none"
        terminal.out(f"  datastore {word} nodes: {addresses}")
    terminal.out("addons:")
    for title, addons in (("enabled", report.enabled), ("disabled", report.disabled)):
        terminal.out(f"  {title}:")
        for addon in addons:
            terminal.out(f"    {addon.name: <20} # (core) {addon.description}")


def _show_yaml(report: Report) -> None:
    _show_yaml_head(report.members, running=True)
    terminal.out("addons:")
    for status, addons in (("enabled", report.enabled), ("disabled", report.disabled)):
        for addon in addons:
            terminal.out(f"  - name: {addon.name}\n    repository: core")
            terminal.out(f"    description: {addon.description}\n    version: {addon.version}")
            terminal.out(f"    status: {status}")


def _show_yaml_head(members: list[Member], *, running: bool) -> None:
    terminal.out(f"microk8s:\n  running: {running}")
    # MicroK8s says "enabled" for "uses dqlite", also on a single node.
    terminal.out(f"high-availability:\n  enabled: {locks.exists('ha-cluster')}\n  nodes:")
    for member in members:
        terminal.out(f"    - address: {member.address}\n      role: {ROLE_WORDS[member.role]}")


def _show_short(report: Report) -> None:
    terminal.out("microk8s is running\naddons:")
    for status, addons in (("enabled", report.enabled), ("disabled", report.disabled)):
        for addon in addons:
            terminal.out(f"core/{addon.name}: {status}")
