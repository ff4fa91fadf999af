"""`microk8s remove-node NODE [--force]`."""

from lab.emulator import (
    addresses,
    api,
    dqlite_wire,
    host,
    journal,
    locks,
    membership,
    objects,
    terminal,
)
from lab.emulator.commands import microk8s
from lab.emulator.dqlite_wire import Member

STILL_MEMBER = """\
Removal failed. Node {0} is registered with dqlite. Please, run first 'microk8s leave' on the \
departing node. \n\
If the node is not available anymore and will never attempt to join the cluster in the future \
use the '--force' flag \n\
to unregister the node while removing it."""


USAGE = "Usage: microk8s remove-node [OPTIONS] NODE\nTry 'microk8s remove-node --help' for help.\n"


def run(_verb: str, words: list[str]) -> None:
    microk8s.require_permission()
    microk8s.refuse_worker("Please use microk8s leave.", 1)
    if not words:
        terminal.leave_with(1, "Please provide the node you want to remove.")
    if len(words) == 2 and words[1] != "--force":
        terminal.leave_with(1, "Please provide the node and the optional --force flag.")
    plain = [word for word in words if not word.startswith("-")]
    unknown = [word for word in words if word.startswith("-") and word != "--force"]
    if unknown:
        terminal.fail(f"{USAGE}\nError: No such option: {unknown[0]}", 2)
    if not plain:
        terminal.fail(f"{USAGE}\nError: Missing argument 'NODE'.", 2)
    if len(plain) > 1:
        terminal.fail(f"{USAGE}\nError: Got unexpected extra argument ({plain[1]})", 2)
    _remove(plain[0], force="--force" in words)


def _remove(wanted: str, *, force: bool) -> None:
    try:
        cluster = _reach_api()
        name = _name_of(cluster, wanted)
        if name:
            _remove_known(cluster, name, force=force)
            return
        terminal.err(f'Error from server (NotFound): nodes "{wanted}" not found')
    except (api.Down, api.NoQuorum) as error:
        terminal.err(str(error))
    terminal.out(f"Node {wanted} does not exist in Kubernetes.")
    if force:
        terminal.out(f"Attempting to remove {wanted} from dqlite.")
        _remove_unknown(wanted)
    raise SystemExit(1)


def _reach_api() -> str:
    """The cluster's id; this command asks kubectl, which says that a stopped node is stopped."""
    if locks.exists(locks.STOPPED):
        raise api.Down(microk8s.STOPPED)
    return api.require()


def _name_of(cluster: str, wanted: str) -> str:
    for name, node in objects.read(cluster)["nodes"].items():
        if wanted in (name, node["address"]):
            return str(name)
    return ""


def _remove_known(cluster: str, name: str, *, force: bool) -> None:
    address = str(objects.read(cluster)["nodes"][name]["address"])
    member = _other_member_at(address)
    if member and not force:
        terminal.leave_with(1, STILL_MEMBER.format(name))
    if member:
        _forget(member)
    with objects.edited(cluster) as value:
        value["nodes"].pop(name, None)
    objects.Lease(cluster).end(name)
    host.work("restart")
    journal.effect("node-removed", node=name)


def _remove_unknown(address: str) -> None:
    """Strike the address out of the datastore; without a leader this ends in a traceback."""
    member = _other_member_at(address)
    if member:
        terminal.out("Removing node entry found in dqlite.")
        _forget(member)


def _other_member_at(address: str) -> Member | None:
    """The member at the address, unless that is this node's own, which is never struck out."""
    own = [f"{item}:{membership.PORT}" for item in (*addresses.own(), "127.0.0.1")]
    others = [member for member in membership.members() if member.address not in own]
    return next((m for m in others if m.address.startswith(f"{address}:")), None)


def _forget(member: Member) -> None:
    dqlite_wire.remove(membership.leader(), member.id, membership.timeout() * 5)
    journal.effect("member-removed", address=member.address)
