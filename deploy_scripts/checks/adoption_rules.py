"""What is to be said of hosts that are thought to be all the nodes of one cluster. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cluster.compare import compare
from cluster.findings import Finding, Severity
from cluster.observation import Observation
from deploy_scripts.checks.verdicts import MOST_NAMED, listed, refuse, warn
from deploy_scripts.fleet.marks import Mark, by_job

NODES = frozenset({"control-plane", "worker", "standalone", "former-seed"})
"""What a host may be, by its own files, that is a node of some cluster."""
MAY_TELL = NODES - {"worker"}
"""What a host may be that has the datastore, and so can tell of its cluster."""
PASSING = frozenset({"dead-member", "not-ready", "silent-node", "version-differs", "views-differ"})
"""What may be wrong with a cluster that is adopted: changes of ours mend it."""
TOLD_BETTER = frozenset({"ghost-member", "ghost-node"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What hosts say of themselves, and of the clusters that they know."""

    hosts: Sequence[str]
    states: Mapping[str, Mapping[str, Any]]
    """What each is to MicroK8s, by its own files."""
    views: Mapping[str, Observation]
    """The cluster that a host knows, of those that have the datastore and answered."""
    addresses: Mapping[str, str]
    machines: Mapping[str, str] = field(default_factory=dict)
    """The id of the machine that each host is, of those that tell."""
    node_machines: Mapping[str, str] = field(default_factory=dict)
    """The id of the machine that each node runs on, by the node's name, of those that tell."""

    @property
    def teller(self) -> str:
        """The host that is believed: its view has a leader, and the most members."""

        def worth(host: str) -> tuple[bool, int, int]:
            view = self.views[host]
            return view.has_leader, len(view.members), -self.hosts.index(host)

        return max(self.views, key=worth, default="")

    @property
    def roles(self) -> dict[str, str]:
        """The role that each host has in the cluster that is believed."""
        if not self.teller:
            return {}
        view = self.views[self.teller]
        members = {row.host for row in view.members}
        nodes = {row.host for row in view.nodes or ()}
        found = dict.fromkeys((h for h in self.hosts if h in members), "control-plane")
        return found | dict.fromkeys((h for h in self.hosts if h in nodes - members), "worker")


def judge_adoption(looked: Looked, mark: Mark, cluster: str) -> Iterator[Finding]:
    """Yield why these hosts are not all the nodes of one cluster, and what else is to be known.

    ``mark`` says for whom they are looked at, ``cluster`` is the name that the cluster is to have.
    """
    for host in looked.hosts:
        state = looked.states[host]
        if state["role"] not in NODES:
            yield _no_node(host, str(state["role"]))
        else:
            yield from _marked(host, state["mark"], mark)
            yield from _not_held(host, state)
    if not looked.teller:
        if any(state["role"] in NODES for state in looked.states.values()):
            yield _nobody_tells(looked)
        return
    yield from _others(looked, cluster)
    yield from _strangers(looked)
    yield from _other_machines(looked)
    view = looked.views[looked.teller]
    yield from _differences(view, looked.roles, looked.addresses)


def _no_node(host: str, state: str) -> Finding:
    why = {
        "not-installed": f"{host} has no MicroK8s",
        "stopped": f"MicroK8s is stopped on {host}",
    }.get(state, f"{host} was joining a cluster when that was interrupted, or is joining now")
    advice = {
        "not-installed": f"leave {host} out; add it with add-nodes once the cluster is adopted",
        "stopped": f"start it: microk8s start on {host}",
    }.get(state, f"end that on {host}: microk8s leave; then leave the host out")
    return refuse(host, "nothing-to-adopt", why, advice, measured=state)


def _nobody_tells(looked: Looked) -> Finding:
    hosts = listed(looked.hosts)
    return refuse(
        None,
        "nobody-tells",
        f"none of {hosts} is a control plane node that answers, so nobody tells of the cluster",
        "name its control plane nodes too; if they are named, look at "
        "journalctl -u snap.microk8s.daemon-k8s-dqlite on them",
    )


def _marked(host: str, found: Mapping[str, str], mine: Mark) -> Iterator[Finding]:
    """Another installation, or another cluster of ours, may still change what it put there."""
    installation, cluster = found["installation"], found["cluster"]
    if not installation or (installation, cluster) == (mine.installation, mine.cluster):
        return
    whose = "another installation" if installation != mine.installation else "this installation"
    yield refuse(
        host,
        "marked-by-another",
        f"{host} was made a node by {whose} of Clusterwright, for cluster {cluster or 'unknown'}"
        + by_job(found["job"]),
        "see that nobody changes that cluster from there any more, then accept marked-by-another",
        acceptable=True,
        measured=installation,
        needed=mine.installation,
    )


def _not_held(host: str, state: Mapping[str, Any]) -> Iterator[Finding]:
    if not state["held"]:
        yield warn(
            host,
            "refreshes-not-held",
            f"snapd may refresh MicroK8s on {host} whenever it likes, also on all nodes at once",
            f"hold it, on {host}: snap refresh --hold microk8s",
        )


def _others(looked: Looked, cluster: str) -> Iterator[Finding]:
    """Hosts that are nodes, and not of the cluster that is believed."""
    for host in looked.hosts:
        if looked.states[host]["role"] not in NODES or host in looked.roles:
            continue
        own = looked.views.get(host)
        members = [row.address for row in own.members] if own else []
        if members:
            yield refuse(
                host,
                "two-clusters",
                f"{host} is a node of another cluster than {looked.teller}: its datastore has "
                f"{listed(members)}",
                f"leave {host} out, and adopt its cluster under a name of its own",
                measured=members[:MOST_NAMED],
            )
        else:
            yield refuse(
                host,
                "not-a-member",
                f"{host} ({looked.addresses[host]}) is a worker, and the cluster of "
                f"{looked.teller} does not list its address",
                f"leave {host} out; or, if the nodes know it by another address, say so: "
                f"clusterwright hosts update {host} --node-address ADDRESS",
                measured=looked.addresses[host],
            )


def _strangers(looked: Looked) -> Iterator[Finding]:
    """Members and nodes at addresses that no named host has: one finding for each address."""
    view = looked.views[looked.teller]
    named = frozenset(looked.hosts)
    names = {row.address.rpartition(":")[0]: "" for row in view.members if row.host not in named}
    names |= {row.address: row.name for row in view.nodes or () if row.host not in named}
    for address, name in sorted(names.items()):
        kind = f"node {name}" if name else "a member of the datastore"
        if name in named:
            yield refuse(
                name,
                "unknown-member",
                f"node {name} has address {address}, and the inventory has "
                f"{looked.addresses[name]} for host {name}",
                f"correct it: clusterwright hosts update {name} --node-address {address}",
                measured=address,
                needed=looked.addresses[name],
            )
            continue
        yield refuse(
            None,
            "unknown-member",
            f"{looked.teller} lists {kind} at {address}, which is the address of none of the "
            "hosts that are named",
            f"name its host too; if the inventory has none: clusterwright hosts add "
            f"{name or 'NAME'} --address {address} --scan; if it is gone for good, on "
            f"{looked.teller}: microk8s remove-node {name or address} --force",
            measured=address,
        )


def _other_machines(looked: Looked) -> Iterator[Finding]:
    """Hosts that have the address of a node, and are another machine than the one it runs on."""
    for row in looked.views[looked.teller].nodes or ():
        own, told = looked.machines.get(row.host or ""), looked.node_machines.get(row.name)
        if own and told and own != told:
            yield refuse(
                row.host,
                "other-machine",
                f"{row.host} has the address of node {row.name}, and is another machine than the "
                "one that its kubelet runs on",
                f"see who else has {row.address}, or had it: ip neigh on {looked.teller}; if "
                f"{row.host} was given another /etc/machine-id since, restart MicroK8s there",
                measured=own,
                needed=told,
            )


def _differences(
    view: Observation, roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    """What is wrong with the cluster itself; what a later change can mend refuses nothing."""
    for found in compare(view, roles, addresses):
        if found.code in PASSING:
            yield replace(found, severity=Severity.WARN)
        elif found.code not in TOLD_BETTER:
            yield found
