"""Every finding that there is: its codes, how grave it is, and what it says. Pure.

``docs/findings.md`` is written from it, and what a request may ``accept`` is checked against it.
"""

from dataclasses import dataclass

from cluster.findings import Severity


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: codes that belong together."""

    words: str
    """The codes, with blanks between."""
    severity: Severity
    says: str
    """What is so, in Markdown; where ``do`` is empty, often also what to do."""
    do: str = ""
    acceptable: bool = False
    """Whether a request may override it, at least in some cases."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.words.split())


PLANNED = (
    Entry("cluster-exists", Severity.REFUSE, "the name is taken"),
    Entry(
        "no-such-cluster cluster-not-formed cluster-destroying",
        Severity.REFUSE,
        "the change needs a cluster, and there is none of that name, it is not formed, or a job "
        "takes it apart",
    ),
    Entry(
        "environment-differs role-differs",
        Severity.REFUSE,
        "a file wants of a cluster what no change alters: what it is for, or the role of a node",
    ),
    Entry(
        "host-differs",
        Severity.REFUSE,
        "a file has another address or another pinned key of a host than the inventory",
    ),
    Entry(
        "would-be-removed",
        Severity.WARN,
        "a node or an addon that a file does not name stays, because it is applied without prune",
    ),
    Entry(
        "seen-otherwise",
        Severity.WARN,
        "a member or a node was last seen otherwise than recorded, and a file of the cluster does "
        "not mend that",
        "do what the advice says, then `clusterwright clusters look NAME`",
    ),
    Entry("nothing-to-do", Severity.INFO, "a cluster is recorded as its file has it"),
    Entry(
        "no-such-node",
        Severity.REFUSE,
        "the change names a node that the cluster does not have",
    ),
    Entry(
        "dead-member-listed no-leader-seen",
        Severity.REFUSE,
        "a control plane node of the cluster did not answer when it was last seen: nodes join and "
        "leave only while all members answer, and one leads",
    ),
    Entry(
        "quorum-would-be-lost",
        Severity.REFUSE,
        "the quorum guard would not let a step begin, by the members as they were last seen and as "
        "the steps before leave them; the message has its rule and numbers",
        "widen the margin first, as the finding advises; "
        "`clusterwright clusters quorum CLUSTER --what-if add:HOST` tries it on paper",
    ),
    Entry(
        "roles-not-settled",
        Severity.WARN,
        "dqlite was still moving roles when the cluster was last seen: the guarded step waits "
        "until they have settled",
        "nothing; it takes about a minute",
    ),
    Entry(
        "not-confirmed",
        Severity.REFUSE,
        "what cannot be undone has to be confirmed with the cluster's name",
    ),
    Entry(
        "has-quorum",
        Severity.REFUSE,
        "quorum is to be recovered, and the datastore has it, or gets it back as soon as its "
        "living voters run",
        "have each dead node removed with `remove-node` and `force`; accepted only where no leader "
        "was seen",
        acceptable=True,
    ),
    Entry(
        "no-survivor survivor-silent",
        Severity.REFUSE,
        "quorum is to be recovered, and no control plane node is left, or one that is to survive "
        "did not answer when it was last seen",
        "start MicroK8s on it and look again, or name it as lost; where none is left, form the "
        "cluster anew and restore a backup",
    ),
    Entry(
        "lost-not-confirmed",
        Severity.REFUSE,
        "nobody has said that the nodes that are lost are off for good: one that comes back goes "
        "on with the former datastore",
        "power off or wipe them, then say `dead_are_off`",
    ),
    Entry(
        "unlisted-member",
        Severity.REFUSE,
        "quorum is to be recovered, and the datastore lists a member that is no control plane "
        "node by the record",
        "see whose address it is",
    ),
    Entry(
        "guard-exempt writes-may-be-lost few-control-planes-left cluster-not-seen",
        Severity.WARN,
        "what a recovery of quorum means: the quorum guard is not asked, what only the lost nodes "
        "had acknowledged is gone, and fewer than three control plane nodes are left; or nobody "
        "has looked at the cluster yet, which the job does first",
        "read the evidence; add control plane nodes until there are 3",
    ),
    Entry(
        "hosts-kept",
        Severity.WARN,
        "the hosts of a cluster that is forgotten, or of a node that is removed as dead, keep "
        "whatever is on them",
    ),
    Entry(
        "node-dead node-alive",
        Severity.REFUSE,
        "a node that is to leave by itself did not answer when it was last seen, or one that is to "
        "be removed as dead did",
        "for a dead node say `force`, for a living one leave it out; look at the cluster again if "
        "it is otherwise by now; for a worker that had begun to leave accept `node-dead`",
        acceptable=True,
    ),
    Entry(
        "last-control-plane",
        Severity.REFUSE,
        "the node holds the only copy of the cluster's data",
        "add a control plane node first, or destroy the cluster; one that is dead cannot be "
        "replaced, as nobody is left whom another could join",
    ),
    Entry(
        "replacement-is-node replacement-address-taken",
        Severity.REFUSE,
        "the host that is to take a dead node's place is a node itself, often the dead one, or has "
        "the node address of the dead one",
        "name a free host; for the same name or address use two changes: `remove-node` with "
        "`force`, then `add-nodes`",
    ),
    Entry(
        "replacement-zone-differs",
        Severity.WARN,
        "the host that takes a dead node's place stands in another zone than that did",
        "see that the nodes are spread over zones still",
    ),
    Entry(
        "jump-host-dead",
        Severity.REFUSE,
        "other nodes are reached through a node that is to be removed as dead",
        "give them another jump host first",
    ),
    Entry(
        "no-node-to-drain-to",
        Severity.REFUSE,
        "no other node takes the workloads of a node that leaves, or of nodes that are emptied at "
        "once: the rest are tainted, cordoned or not Ready",
        "add a worker first, or empty fewer at once; accepted, the workloads wait until a node "
        "takes them",
        acceptable=True,
    ),
    Entry(
        "no-node-takes-workloads",
        Severity.WARN,
        "taints that are to be set leave no node that takes workloads",
        "leave one node without such a taint, or add a worker first",
    ),
    Entry(
        "drill-in-production",
        Severity.REFUSE,
        "a drill stops a node of a cluster whose environment is prod",
        "drill a cluster of another environment first; announce it, then accept it",
        acceptable=True,
    ),
    Entry(
        "drill-on-unhealthy",
        Severity.REFUSE,
        "a cluster in which something is wrong already is not to lose a node on purpose",
        "mend what the message names, run `clusterwright change verify CLUSTER`, then drill",
    ),
    Entry(
        "no-drill-target drill-without-quorum",
        Severity.REFUSE,
        "the cluster has no node of the sort that a drill is to stop, or that node is its only "
        "control plane node",
        "name a node, or add what is missing first",
    ),
    Entry(
        "volumes-on-host",
        Severity.REFUSE,
        "addon hostpath-storage keeps volumes on the nodes' own disks, and those of a node that is "
        "removed are deleted with its MicroK8s",
        "copy what is needed from there, then accept it",
        acceptable=True,
    ),
    Entry(
        "two-control-planes-left",
        Severity.WARN,
        "two control plane nodes are left, of which one has the only vote",
        "add one soon, or remove the spare too",
    ),
    Entry(
        "downgrade",
        Severity.REFUSE,
        "a node is at a newer minor version than the channel that is asked for: what a newer "
        "Kubernetes has stored an older one may not read",
        "ask for the newer channel, or restore a backup into a new cluster of the older one",
    ),
    Entry(
        "version-skew-too-wide",
        Severity.REFUSE,
        "nodes are further apart than Kubernetes allows: control plane nodes by more than one "
        "minor version, or a worker newer than one of them, or more than three older",
        "look why; an upgrade takes those that are behind along, so accept it where it is meant to",
        acceptable=True,
    ),
    Entry("version-skew", Severity.INFO, "nodes are at different minors: those behind go up first"),
    Entry(
        "deprecated-apis-in-use",
        Severity.REFUSE,
        "somebody asked the API servers, since they started, for APIs that the Kubernetes of the "
        "channel does not have any more; the message names them",
        "have whoever uses them use their newer versions; or accept it",
        acceptable=True,
    ),
    Entry(
        "deprecated-apis-unknown",
        Severity.WARN,
        "an API server did not tell which deprecated APIs it was asked for",
        "look there by hand, as the finding advises",
    ),
    Entry(
        "many-minors",
        Severity.WARN,
        "the upgrade passes many minor versions, and each node is refreshed at each of them",
        "read the release notes of each; upgrade by fewer at a time",
    ),
    Entry(
        "no-backup backup-old",
        Severity.REFUSE,
        "a change from which there is no way back is asked for, and of the cluster no backup is "
        "known that was read to its end, or the newest is older than 24 hours; a warning where the "
        "cluster is not for `prod`",
        "take one first: `clusterwright change backup CLUSTER`; or accept it",
        acceptable=True,
    ),
    Entry(
        "api-away",
        Severity.WARN,
        "with fewer than three control plane nodes the API and the datastore are away while one "
        "is refreshed, from which there is no way back, or reboots",
        "before a refresh take a backup; add control plane nodes, or choose an hour at which "
        "nobody needs the API",
    ),
    Entry(
        "planned-behind",
        Severity.INFO,
        "other jobs of the cluster come before: the plan rests on what they are to leave",
        "nothing; it is made anew when its turn comes",
    ),
    Entry(
        "outside-window",
        Severity.WARN,
        "the cluster has maintenance windows and is outside of them: the job waits for the next, "
        "and the finding tells when it begins",
        "nothing; or accept it, which needs the permission admin, and it begins at once",
    ),
    Entry(
        "cluster-frozen",
        Severity.WARN,
        "a freeze keeps changes of the cluster back: the job waits until it ends, and for a window "
        "where the cluster has some",
        "nothing; or accept it, which needs the permission admin, and it begins at once",
    ),
    Entry(
        "certificates-not-seen",
        Severity.REFUSE,
        "nobody knows when the certificates of a control plane node end: look at the cluster "
        "first, or ask for all",
    ),
    Entry(
        "roles-unknown",
        Severity.REFUSE,
        "a credential is asked for with a role, and the cluster has no addon rbac that "
        "Clusterwright knows of: its API server lets everybody do everything",
        "enable rbac, or ask for the role cluster-admin; accepted, the job looks at the API server",
        acceptable=True,
    ),
    Entry(
        "restore-merges",
        Severity.REFUSE,
        "a backup is to be restored into a cluster of several nodes: what is newer than the backup "
        "stays beside what it brings back",
        "to have the cluster as it was: destroy it, form it anew of one node, restore, then add "
        "the others",
        acceptable=True,
    ),
    Entry(
        "authority-ends-soon",
        Severity.REFUSE,
        "the authority that signs a cluster's certificates ends within the days that are asked "
        "for: to renew it is to form the cluster anew",
        acceptable=True,
    ),
    Entry(
        "nothing-to-renew",
        Severity.INFO,
        "no certificate of the cluster ends within the days that are asked for, as it was last "
        "seen; the job looks again",
    ),
    Entry(
        "no-worker-at-site",
        Severity.WARN,
        "no Celery worker serves the site of the change's hosts, so it would wait until one does",
        "start one there: celery -A workflows.queue worker -P prefork -Q site.SITE",
    ),
    Entry(
        "host-reserved",
        Severity.REFUSE,
        "a job that rests, and may go on, has taken the host",
        "retry that job, or roll it back",
    ),
    Entry(
        "unknown-host host-in-cluster many-sites",
        Severity.REFUSE,
        "a host is not in the inventory, belongs to a cluster, or stands at another site than "
        "the rest",
    ),
    Entry(
        "node-address-unusable",
        Severity.REFUSE,
        "a node address (or an `address` that serves as one) is loopback, link-local, "
        "multicast, broadcast or reserved; the address of SSH may be",
    ),
    Entry(
        "node-address-duplicate",
        Severity.REFUSE,
        "hosts share a node address, as virtual machines behind NAT do",
    ),
    Entry(
        "two-control-planes topology-mismatch no-workers", Severity.REFUSE, "the shape cannot be"
    ),
    Entry("strict-channel", Severity.REFUSE, "the channel cannot be installed"),
    Entry(
        "metallb-without-range metallb-range-invalid metallb-range-overlap",
        Severity.REFUSE,
        "the range that MetalLB is to give away is missing, is no range of IPv4 addresses, or has "
        "addresses of hosts, pods or services",
    ),
    Entry(
        "metallb-range-of-other-cluster",
        Severity.REFUSE,
        "MetalLB of another cluster gives addresses of the range away",
        acceptable=True,
    ),
    Entry(
        "metallb-range-elsewhere",
        Severity.WARN,
        "the range looks as if it were of no node's subnet, which no inventory tells; a node is "
        "asked before anything is enabled",
    ),
    Entry(
        "addon-needed",
        Severity.REFUSE,
        "other addons, or pods, cannot do without the addon that is to be disabled; `ha-cluster` "
        "is never disabled",
        acceptable=True,
    ),
    Entry(
        "addon-argument-changes",
        Severity.WARN,
        "an addon is enabled with another argument, and is disabled before it is enabled anew: "
        "what it serves stands still for some minutes",
    ),
    Entry(
        "addon-unknown addon-of-community",
        Severity.WARN,
        "no MicroK8s that is known has this addon (a near name is offered), or its repository "
        "has to be enabled first",
    ),
    Entry(
        "prod-without-ha too-many-nodes",
        Severity.REFUSE,
        "it can be, and is not wise",
        acceptable=True,
    ),
    Entry(
        "staging-without-ha more-than-three-control-planes one-worker many-nodes latest-track "
        "hostpath-on-many-nodes one-zone",
        Severity.WARN,
        "it can be better",
    ),
)
"""What the inventory and the request tell."""

LOOKED_AT = (
    Entry(
        "unreachable timeout authentication-failed host-key-changed not-surveyed",
        Severity.REFUSE,
        "the host could not be asked; `not-surveyed` often means that a login shell or its "
        "start files swallow the command",
    ),
    Entry(
        "no-sudo root-without-sudo",
        Severity.REFUSE,
        "the user may not become root, or root may not use sudo, which MicroK8s' own commands "
        "do: add `root ALL=(ALL:ALL) ALL`",
    ),
    Entry(
        "no-snapd snapd-not-running snapd-too-old",
        Severity.REFUSE,
        "snapd is missing, does not answer (`snapd unavailable`), or cannot hold a snap's version",
    ),
    Entry(
        "channel-not-in-store",
        Severity.REFUSE,
        "the store answered, and does not have the channel; a store that does not answer "
        "refuses nothing",
        acceptable=True,
    ),
    Entry(
        "host-name-invalid host-name-duplicate host-name-differs",
        Severity.REFUSE,
        "what a host calls itself (`uname -n`) cannot be a node's name, is another host's, or "
        "is neither its name in the inventory nor that name with a domain: rename the host "
        "before MicroK8s is installed, or name it so in the inventory",
    ),
    Entry(
        "host-name-unstable name-resolves-wrongly cloud-init-hosts",
        Severity.WARN,
        "a name will change at the next boot, leads elsewhere, or cloud-init writes "
        "`/etc/hosts` anew at every boot (preparing the hosts writes its template too)",
    ),
    Entry(
        "machine-id-duplicate", Severity.REFUSE, "hosts are copies of each other", acceptable=True
    ),
    Entry(
        "product-uuid-duplicate os-differs",
        Severity.WARN,
        "hosts may be copies, or run different systems",
    ),
    Entry("architecture-differs", Severity.INFO, "images must exist for all architectures"),
    Entry(
        "cpus-too-small memory-too-small disk-too-small disk-full inodes-full",
        Severity.REFUSE,
        "the hardware is below the least of the environment's policy, or the disk takes no more",
        acceptable=True,
    ),
    Entry(
        "cpus-small memory-small disk-small disk-nearly-full disk-rotational inodes-nearly-full "
        "link-slow",
        Severity.WARN,
        "less than recommended",
    ),
    Entry(
        "memory-cgroup-off",
        Severity.REFUSE,
        "the kubelet does not start; on a Raspberry Pi the kernel's command line lacks "
        "`cgroup_enable=memory`",
        acceptable=True,
    ),
    Entry(
        "container",
        Severity.WARN,
        "the host is a container, and what it lacks (`/dev/kmsg`, AppArmor); kernel settings "
        "belong to the machine below",
    ),
    Entry(
        "no-kmod",
        Severity.REFUSE,
        "there is no `modprobe`, and modules are not loaded; a warning where they are",
        acceptable=True,
    ),
    Entry("clock-skew", Severity.REFUSE, "clocks differ by a second or more"),
    Entry("no-time-sync", Severity.WARN, "the clock is not synchronised"),
    Entry(
        "no-default-route network-overlap",
        Severity.REFUSE,
        "MicroK8s finds no address, or the host uses the networks of pods or services",
        acceptable=True,
    ),
    Entry(
        "address-missing node-address-unusable node-address-duplicate node-address-taken",
        Severity.REFUSE,
        "the inventory's node address is not the host's, nobody's, or two hosts'",
    ),
    Entry(
        "source-address",
        Severity.REFUSE,
        "a host speaks to the first control plane node from another address than its node "
        "address, and would join as that: correct `node_address`, or give the route a source",
    ),
    Entry("source-address-differs", Severity.WARN, "the same between other nodes"),
    Entry(
        "default-route-elsewhere",
        Severity.WARN,
        "the node address is not on the default route's interface (a management network, "
        "Vagrant's NAT)",
    ),
    Entry("address-dynamic", Severity.WARN, "the node address is lent by DHCP"),
    Entry(
        "proxy-without-no-proxy no-proxy-incomplete",
        Severity.WARN,
        "traffic between nodes would go to a proxy; the advice is the line for "
        "`/etc/environment`. Addresses and networks count, entries with a port and patterns do "
        "not, and `*` counts alone",
    ),
    Entry(
        "kubernetes-leftovers network-leftovers",
        Severity.REFUSE,
        "files or network devices of another Kubernetes; the devices are named with the command "
        "that deletes them",
        acceptable=True,
    ),
    Entry(
        "port-in-use",
        Severity.REFUSE,
        "a program holds a port that MicroK8s binds, on whatever address; acceptable where only "
        "health and metrics are concerned",
        acceptable=True,
    ),
    Entry("port-closed", Severity.REFUSE, "a firewall stands between two hosts", acceptable=True),
    Entry("port-behind-ufw", Severity.INFO, "`prepare_hosts` will allow it"),
    Entry(
        "delay-too-long",
        Severity.REFUSE,
        "control plane nodes are 50 ms or more apart",
        acceptable=True,
    ),
    Entry("delay-long network-not-measured", Severity.WARN, "10 ms or more apart, or not measured"),
    Entry("not-measured", Severity.INFO, "the host does not tell something: check it yourself"),
    Entry(
        "drill-not-passed",
        Severity.WARN,
        "a drill has shown that the loss of a node costs more than it may: a silence of an API, a "
        "slow return, a write that is lost, or a voter that is missing",
        "read `clusterwright drills report JOB`, mend the cause, and drill again",
    ),
    Entry(
        "certificate-ends-soon",
        Severity.WARN,
        "a certificate of a control plane node of the cluster has ended, ends within 30 days, or "
        "is missing: have `refresh-certs` carried out; the authority's own, which it does not "
        "renew, asks for a new cluster",
    ),
    Entry(
        "addon-differs",
        Severity.WARN,
        "a look saw other addons enabled than are recorded, or MetalLB give away other addresses: "
        "`clusterwright diff` tells which, and `apply` enables again what is missing",
    ),
    Entry(
        "metallb-address-in-use metallb-range-outside-subnet",
        Severity.REFUSE,
        "somebody answers for an address that MetalLB is to give away, or it is not one of the "
        "nodes' subnet that a machine may have",
        "name another range, outside what DHCP lends; `ip neigh` on the node shows who has it",
        acceptable=True,
    ),
    Entry(
        "metallb-range-not-probed metallb-subnet-unknown",
        Severity.WARN,
        "the node has no `python3` to ask for the addresses, may not send raw packets, or does "
        "not tell its subnet",
        "ask with `arping`, look with `ip address`",
    ),
)
"""What hosts and the network between them tell."""

THERE_ALREADY = (
    Entry(
        "microk8s-not-ours",
        Severity.REFUSE,
        "a MicroK8s that Clusterwright did not install",
        "leave the host out, or remove it if nobody needs it",
        acceptable=True,
    ),
    Entry(
        "microk8s-unreadable",
        Severity.REFUSE,
        "snapd or files that do not tell what there is",
        "look at the host, then post the change anew",
    ),
    Entry(
        "former-seed",
        Severity.WARN,
        "the first node of a cluster of ours of which no member is left",
        "nothing: the join installs it anew",
    ),
    Entry(
        "unknown-node",
        Severity.REFUSE,
        "a node that Clusterwright did not make, or whose mark says too little",
        "leave it out, have its cluster adopted (`adopt-cluster`), or take it out of that",
    ),
    Entry(
        "other-installation",
        Severity.REFUSE,
        "what another installation of Clusterwright put there, and may undo",
        "undo it from there, or have its cluster adopted (`adopt-cluster`)",
    ),
    Entry(
        "other-cluster",
        Severity.REFUSE,
        "a node of another cluster, or what was installed for one",
        "roll that back, or leave the host out",
    ),
    Entry(
        "already-node",
        Severity.REFUSE,
        "a node of this cluster that another job made; info for nodes of this job, and where "
        "nodes are expected",
        "roll that job back",
    ),
    Entry(
        "wrong-role other-channel",
        Severity.REFUSE,
        "a node of the other role, or another channel",
        "ask for what is there, or remove it",
    ),
    Entry(
        "half-joined microk8s-stopped",
        Severity.WARN,
        "an interrupted join, or services that are stopped",
        "the join step cleans it; start it",
    ),
    Entry(
        "microk8s-installed", Severity.INFO, "ours, alone, as after an interrupted job", "nothing"
    ),
)
"""What a host has of MicroK8s before a job."""
ADOPTED = (
    Entry(
        "nothing-to-adopt",
        Severity.REFUSE,
        "a host that is to be a node of a cluster that is adopted, and has no MicroK8s, one that "
        "is stopped, or a join that was interrupted",
        "leave the host out, or start MicroK8s on it",
    ),
    Entry(
        "nobody-tells",
        Severity.REFUSE,
        "none of the hosts is a control plane node that answers",
        "name the control plane nodes too, or start MicroK8s on them",
    ),
    Entry(
        "unknown-member",
        Severity.REFUSE,
        "the cluster has a member or a node at an address that no named host has",
        "name its host too; `clusterwright hosts add` adds one, `clusterwright hosts update` "
        "corrects an address",
    ),
    Entry(
        "two-clusters not-a-member",
        Severity.REFUSE,
        "a host is a node of another cluster than the others, or theirs does not list it",
        "leave the host out; adopt its cluster under a name of its own",
    ),
    Entry(
        "other-machine",
        Severity.REFUSE,
        "a host has the address of a node, and is not the machine that its kubelet runs on, by "
        "`/etc/machine-id`",
        "see who else has the address, or had it",
    ),
    Entry(
        "marked-by-another",
        Severity.REFUSE,
        "a host bears the mark of another installation of Clusterwright, or of another cluster",
        "accept it once nobody changes that cluster from there any more",
        acceptable=True,
    ),
    Entry(
        "refreshes-not-held",
        Severity.WARN,
        "snapd may refresh MicroK8s on a host whenever it likes",
        "`snap refresh --hold microk8s` on the host",
    ),
)
"""What is found of hosts that are thought to be all the nodes of a cluster that is adopted."""
LEFT = (
    Entry(
        "not-taken-back",
        Severity.WARN,
        "a job rests, and a step of it that takes back what an earlier one did could not: its "
        "error tells both",
        "mend what keeps that step from its work, then retry, or roll back",
    ),
)
"""What a job leaves behind where it rests before its end."""
CATALOGUE = (*PLANNED, *LOOKED_AT, *THERE_ALREADY, *ADOPTED, *LEFT)
OVERRIDABLE = frozenset(code for entry in CATALOGUE if entry.acceptable for code in entry.codes)
"""Codes of refusals that a request may override by naming them in ``accept``."""
ACCEPTABLE = OVERRIDABLE | {
    code for entry in CATALOGUE if entry.severity is not Severity.REFUSE for code in entry.codes
}
"""What ``accept`` may name: warnings and notes too, which need it not, to say they were seen."""
