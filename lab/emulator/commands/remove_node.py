"""`microk8s remove-node NODE [--force]`."""

from lab.emulator import api, dqlite_wire, host, journal, membership, objects, terminal
from lab.emulator.commands import microk8s
from lab.emulator.dqlite_wire import Member

STILL_MEMBER = """\
Removal failed. Node {0} is registered with dqlite. Please, run first 'microk8s leave' on the \
departing node. \n\
If the node is not available anymore and will never attempt to join the cluster in the future \
use the '--force' flag \n\
to unregister the node while removing it."""


def run(_verb: str, words: list[str]) -> None:
    microk8s.refuse_worker("Please use microk8s leave.", 1)
    microk8s.require_permission()
    microk8s.require_running()
    if not words:
        terminal.leave_with(1, "Please provide the node you want to remove.")
    if len(words) > 2 or words[0].startswith("-") or words[1:] not in ([], ["--force"]):
        terminal.leave_with(1, "Please provide the node and the optional --force flag.")
    _remove(words[0], force=len(words) > 1)


def _remove(wanted: str, *, force: bool) -> None:
    try:
        cluster = api.require()
        name = _name_of(cluster, wanted)
        if name:
            _remove_known(cluster, name, wanted, force=force)
            return
    except (api.Down, api.NoQuorum, membership.NoLeader, dqlite_wire.Unreachable):
        terminal.leave_with(1, f"Node {wanted} does not exist in Kubernetes.")
    terminal.out(f"Node {wanted} does not exist in Kubernetes.")
    if force:
        terminal.out(f"Attempting to remove {wanted} from dqlite.")
        _remove_unknown(wanted)
    raise SystemExit(1)


def _name_of(cluster: str, wanted: str) -> str:
    for name, node in objects.read(cluster)["nodes"].items():
        if wanted in (name, node["address"]):
            return str(name)
    return ""


def _remove_known(cluster: str, name: str, wanted: str, *, force: bool) -> None:
    address = str(objects.read(cluster)["nodes"][name]["address"])
    member = _member_at(address)
    if member and not force:
        terminal.leave_with(1, STILL_MEMBER.format(wanted))
    if member:
        _forget(member)
    with objects.edited(cluster) as value:
        value["nodes"].pop(name, None)
    objects.Lease(cluster).end(name)
    host.work("restart")
    journal.effect("node-removed", node=name)


def _remove_unknown(address: str) -> None:
    member = _member_at(address)
    if member:
        terminal.out("Removing node entry found in dqlite.")
        _forget(member)


def _member_at(address: str) -> Member | None:
    prefix = f"{address}:"
    return next((m for m in membership.members() if m.address.startswith(prefix)), None)


def _forget(member: Member) -> None:
    dqlite_wire.remove(membership.leader(), member.id, membership.timeout() * 5)
    journal.effect("member-removed", address=member.address)
