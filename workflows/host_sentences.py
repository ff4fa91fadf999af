"""What each step of a plan changes on each host, in sentences: one function for each step; pure.

They rest on the step's arguments. What of it is there already only the hosts know: their scripts
look first, so that pyinfra sees one operation whether or not it has something to do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cluster.addon_names import argument, canonical
from cluster.drills import KILL

Args = Mapping[str, Any]
Says = Iterator[tuple[str, str]]
"""Pairs of a host and what becomes of it; the host is the subject of the sentence."""
LOOKED_AT = "is looked at; nothing is changed"
NOT_ASKED = "is not asked"


def changes(step: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a step, as ``Step.as_dict`` has it, does to each host, in the order of its hosts.

    Hosts through which it is done come behind. A step that nothing here knows says its title.
    """
    known = SENTENCES.get(step["name"])
    pairs = known(step["args"], step["hosts"]) if known else _titled(step)
    found: dict[str, list[str]] = {host: [] for host in step["hosts"]}
    for host, sentence in pairs:
        found.setdefault(host, []).append(sentence)
    return {host: said for host, said in found.items() if said}


def groups(found: Mapping[str, Sequence[str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the same with hosts together of which the same is said."""
    hosts: dict[tuple[str, ...], list[str]] = {}
    for host, said in found.items():
        hosts.setdefault(tuple(said), []).append(host)
    return [(tuple(names), said) for said, names in hosts.items()]


def _titled(step: Mapping[str, Any]) -> Says:
    title = str(step["title"])
    yield from ((host, f"takes part: {title[0].lower()}{title[1:]}") for host in step["hosts"])


def _each(sentence: str) -> Callable[[Args, Sequence[str]], Says]:
    """Return what says the same of every host of a step."""

    def said(args: Args, hosts: Sequence[str]) -> Says:
        yield from ((host, sentence.format(**args)) for host in hosts)

    return said


def _prepare_hosts(args: Args, _: Sequence[str]) -> Says:
    names = len({*args["roles"], *args["hosts"]})
    for host in args["hosts"]:
        role = args["roles"].get(host, "node").replace("-", " ")
        yield host, f"has the names of {names} host{'' if names == 1 else 's'} in /etc/hosts"
        yield host, "has the kernel settings and modules that MicroK8s needs"
        yield host, f"has the ports of a {role} open, where its ufw is active"
        yield host, "keeps its time synchronised"


def _install_microk8s(args: Args, _: Sequence[str]) -> Says:
    for host in args["hosts"]:
        yield host, f"has the snap microk8s of {args['channel']}, with its refreshes held"
        yield host, "tells MicroK8s the address that other nodes use"
        yield host, "has its SSH user in the group microk8s, where that works by sudo"


def _join_control_plane(args: Args, _: Sequence[str]) -> Says:
    host, seed, members = args["host"], args["seed"], args["expected_members"]
    yield host, f"joins through {seed}, and is member {members} of the datastore"
    yield host, "runs the Kubernetes API"
    yield seed, f"gives {host} a token to join with"


def _join_workers(args: Args, _: Sequence[str]) -> Says:
    for host in args["hosts"]:
        yield host, f"joins through {args['seed']}, as a worker"
        yield args["seed"], f"gives {host} a token to join with"


def _label_nodes(args: Args, _: Sequence[str]) -> Says:
    for host, labels in args["labels"].items():
        yield from ((host, f"gets label {key}={value}") for key, value in labels.items())
    for what, verb in (
        ("labels_off", "loses label"),
        ("taints", "gets taint"),
        ("taints_off", "loses taint"),
    ):
        for host, rows in args.get(what, {}).items():
            yield from ((host, f"{verb} {row}") for row in rows)


def _refresh_microk8s(args: Args, _: Sequence[str]) -> Says:
    for host in args["hosts"]:
        yield host, f"refreshes the snap microk8s to {args['channel']}, and follows that"
        yield host, "is away meanwhile, as a node"


def _refresh_without_quorum(args: Args, hosts: Sequence[str]) -> Says:
    yield from _refresh_microk8s(args, hosts)
    yield from ((host, "leaves the datastore without quorum meanwhile") for host in args["hosts"])


def _leave_cluster(args: Args, _: Sequence[str]) -> Says:
    host, seed = args["host"], args["seed"]
    yield host, "leaves the cluster, and is a cluster of its own until MicroK8s is removed"
    yield seed, f"takes {host} off the lists of the datastore and of Kubernetes"


def _remove_dead_node(args: Args, _: Sequence[str]) -> Says:
    host, seed = args["host"], args["seed"]
    yield host, f"{NOT_ASKED}; what is on it stays there"
    yield seed, f"takes {host} off the lists of the datastore and of Kubernetes"


def _remove_lost(args: Args, _: Sequence[str]) -> Says:
    for host in args["hosts"]:
        yield host, f"{NOT_ASKED}; what is on it stays there"
        yield args["seed"], f"takes {host} off its lists, if this job has joined it"


def _remove_microk8s(args: Args, _: Sequence[str]) -> Says:
    for host in args["hosts"]:
        yield host, "loses the snap microk8s with all of its data, if this cluster put it there"
        yield host, "gets back the names, kernel settings, firewall and time of before"


def _stop_for_drill(args: Args, _: Sequence[str]) -> Says:
    host = args["host"]
    if args.get("how") == KILL:
        yield host, "has kubelite, and its datastore if it is a member, killed at once (SIGKILL)"
        yield host, "hands nothing over and does not leave; its pods run on, and are replaced"
    else:
        yield host, "stops MicroK8s for the time of the drill: its pods go on elsewhere if they can"
    if seconds := args.get("heal_seconds"):  # a plan of an earlier version has none
        yield host, f"starts MicroK8s by itself after {seconds} s, if nobody else has"


def _switch(verb: str) -> Callable[[Args, Sequence[str]], Says]:
    def said(args: Args, _: Sequence[str]) -> Says:
        for addon in args["addons"]:
            given = f" with {argument(addon)}" if argument(addon) else ""
            yield args["seed"], f"{verb} {canonical(addon)}{given}, for the whole cluster"

    return said


def _of_node(sentence: str) -> Callable[[Args, Sequence[str]], Says]:
    """Return what says this of the one node that a step is about."""

    def said(args: Args, _: Sequence[str]) -> Says:
        yield args["host"], sentence.format(**args)

    return said


SENTENCES: Mapping[str, Callable[[Args, Sequence[str]], Says]] = {
    "adopt_hosts": _each("gets the mark of this installation; nothing else is changed"),
    "await_leader": _each(LOOKED_AT),
    "begin_destroying": _each(NOT_ASKED),
    "check_apis": _each(LOOKED_AT),
    "check_channels": _each(f"{LOOKED_AT}; it asks the store"),
    "check_backup": _each(f"{NOT_ASKED}; the backup is read where it is kept"),
    "check_copies": _each(f"{NOT_ASKED}; copies are read back from the bucket"),
    "choose_log": _each(LOOKED_AT),
    "confirm_loss": _each(LOOKED_AT),
    "copy_backups": _each(f"{NOT_ASKED}; backups are copied from where they are kept"),
    "cordon_node": _of_node("takes no new pods, by a cordon through {seed}"),
    "disable_addons": _switch("disables"),
    "drain_node": _of_node("loses its pods, and what stood in an emptyDir of them"),
    "enable_addons": _switch("enables"),
    "find_cluster": _each(LOOKED_AT),
    "forget_cluster": _each(NOT_ASKED),
    "install_microk8s": _install_microk8s,
    "issue_credential": _of_node(
        "signs a certificate for {seconds} s, and binds its role where the API server heeds roles"
    ),
    "judge_drill": _each(LOOKED_AT),
    "join_control_plane": _join_control_plane,
    "join_workers": _join_workers,
    "keep_backends": _each("keeps a copy of its datastore's folder beside it"),
    "label_nodes": _label_nodes,
    "leave_cluster": _leave_cluster,
    "observe": _each(LOOKED_AT),
    "preflight": _each(LOOKED_AT),
    "prepare_hosts": _prepare_hosts,
    "probe_addresses": _of_node("asks its network for {ranges}; nothing is changed"),
    "reboot_hosts": _each("reboots, unless this job has rebooted it"),
    "reconfigure_datastore": _each(
        "has the freshest log, and in it only the hosts of this step as members"
    ),
    "refresh_certs": _of_node(
        "gets new certificates server.crt and front-proxy-client.crt, where those would end later, "
        "and restarts the services that use them"
    ),
    "refresh_microk8s": _refresh_microk8s,
    "refresh_without_quorum": _refresh_without_quorum,
    "remove_dead_node": _remove_dead_node,
    "remove_lost": _remove_lost,
    "remove_microk8s": _remove_microk8s,
    "restore_backup": _of_node(
        "puts each object of the backup into the datastore, over what there is; Node objects of "
        "nodes that are no more go"
    ),
    "start_after_drill": _of_node("starts MicroK8s again, and is waited for"),
    "start_members": _each("starts MicroK8s"),
    "stop_for_drill": _stop_for_drill,
    "stop_members": _each("stops MicroK8s; its Kubernetes API is away, and its pods stay"),
    "take_backup": _of_node("writes an archive of the datastore, which is fetched and removed"),
    "thin_backups": _each(f"{NOT_ASKED}; old backups go where they are kept"),
    "uncordon_node": _of_node("takes new pods again, if this job has cordoned it"),
    "upgrade_packages": _each(
        "upgrades its packages, installs what those newly need, and removes none"
    ),
    "watch_drill": _each(
        "is asked each second to write to the Node object of {host}; what was written is taken off"
    ),
    "verify_quorum": _each(LOOKED_AT),
}
"""By the name of the step; a test asks for each that there is."""
