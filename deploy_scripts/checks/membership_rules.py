"""What preflight has to say about a MicroK8s that is on a host already, and whose it is. Pure.

Joining throws a host's datastore away, and an undo removes what is marked as ours: whatever is not
surely this job's own is refused before anything is changed.
"""

from collections.abc import Iterator

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.intent import CLUSTERED, Intent
from deploy_scripts.checks.verdicts import MOST_NAMED, inform, listed, refuse, warn
from deploy_scripts.fleet.marks import by_job
from deploy_scripts.microk8s.role_parser import FORMER_SEED, UNKNOWN

PURGE = "snap remove --purge microk8s"
ADOPT = "take its cluster over: clusterwright change adopt-cluster NAME --hosts HOST,HOST"
"""The hosts are those of all its nodes."""


def judge_membership(name: str, facts: HostFacts, intent: Intent) -> Iterator[Finding]:
    """Yield whether the host's MicroK8s may be used, and in which state it is."""
    if facts.role == "not-installed":
        return
    if facts.role == UNKNOWN:
        yield refuse(
            name,
            "microk8s-unreadable",
            f"{name} does not tell whether it has MicroK8s: {facts.role_reason}",
            f"look at it yourself: snap list microk8s, and systemctl status snapd, on {name}",
        )
        return
    stranger = None if name in intent.members else _not_for_us(name, facts, intent)
    if stranger:
        yield stranger
        return
    yield from _state(name, facts, intent.roles[name], is_seed=name == intent.seed)
    if facts.channel and intent.channel not in ("", facts.channel) and name not in intent.members:
        yield refuse(
            name,
            "other-channel",
            f"{name} has MicroK8s of channel {facts.channel}, and {intent.channel} is asked for",
            f"ask for channel {facts.channel}, or remove it on {name}: {PURGE}",
            measured=facts.channel,
            needed=intent.channel,
        )


def _not_for_us(name: str, facts: HostFacts, intent: Intent) -> Finding | None:
    """Return why the host's MicroK8s is not one for this change to use, if so."""
    if _is_former(facts, intent):
        return _former(name, facts)
    strangers = sorted(set(facts.peers) - set(intent.addresses.values()))
    if facts.role in CLUSTERED and strangers:
        of = f"cluster {facts.mark.cluster}" if facts.mark.cluster else "a cluster"
        return refuse(
            name,
            "other-cluster",
            f"{name} is a {facts.role} node of {of} with {listed(strangers)}",
            f"remove {name} from that cluster first, or leave it out",
            measured=list(facts.peers[:MOST_NAMED]),
        )
    return _marked(name, facts, intent) if facts.ours else _unmarked(name, facts, intent)


def _is_former(facts: HostFacts, intent: Intent) -> bool:
    """Whether the host carries what made it a node of the very cluster that is to be changed.

    As that is recorded it is none of its nodes, and it was not this job that made it one.
    """
    mark, ours = facts.mark, intent.mark
    if not (intent.members and facts.ours and ours and ours.installation and mark.cluster):
        return False
    is_of_it = (mark.installation, mark.cluster) == (ours.installation, ours.cluster)
    return is_of_it and facts.role in CLUSTERED and (not mark.job or mark.job != ours.job)


def _former(name: str, facts: HostFacts) -> Finding:
    mark = facts.mark
    job = by_job(mark.job)
    return refuse(
        name,
        "already-node",
        f"{name} is a {facts.role} node of {mark.cluster} by what it carries{job}, and none as "
        f"{mark.cluster} is recorded: it was taken out without being asked, or was joined by a job "
        "that did not end",
        f"roll that job back if it rests; else see that {mark.cluster} does not list {name} "
        f"(clusterwright change verify {mark.cluster} --wait), then run '{PURGE}' on {name}",
        measured=facts.role,
    )


def _unmarked(name: str, facts: HostFacts, intent: Intent) -> Finding:
    """Somebody else's MicroK8s: a node never, a lone one if its owner lets go of it."""
    if facts.role in CLUSTERED:
        return refuse(
            name,
            "unknown-node",
            f"{name} is a {facts.role} node already, and Clusterwright did not make it one",
            f"leave {name} out, or {ADOPT}; or, if nobody needs it, take it out of its cluster: "
            f"microk8s leave, then {PURGE}",
            measured=facts.role,
        )
    lost = (
        "its workloads would become the new cluster's, and a rollback would remove them"
        if name == intent.seed
        else "joining throws its datastore away, with all that runs on it"
    )
    return refuse(
        name,
        "microk8s-not-ours",
        f"{name} has a MicroK8s {facts.channel} that Clusterwright did not install; {lost}",
        f"leave {name} out; or, if nobody needs what runs there, remove it: {PURGE}",
        acceptable=True,
        measured=facts.role,
    )


def _marked(name: str, facts: HostFacts, intent: Intent) -> Finding | None:
    """Compare the host's mark with this job's; what a mark leaves out is unknown, not different."""
    mark, ours = facts.mark, intent.mark
    if ours is None:
        return None
    node = facts.role in CLUSTERED
    job = by_job(mark.job)
    what = f"is a {facts.role} node" if node else f"has MicroK8s {facts.channel}"
    if mark.installation and ours.installation not in ("", mark.installation):
        of = f" for cluster {mark.cluster}" if mark.cluster else ""
        return refuse(
            name,
            "other-installation",
            f"{name} {what} that another installation of Clusterwright put there{of}{job}",
            f"undo it from there; or, if that installation is gone, {ADOPT}; or, if nobody needs "
            f"it: {PURGE}",
            measured=mark.installation,
            needed=ours.installation,
        )
    if mark.cluster and ours.cluster not in ("", mark.cluster):
        return refuse(
            name,
            "other-cluster",
            f"{name} {what}, put there for cluster {mark.cluster}{job}",
            f"roll back what made it a part of {mark.cluster}, or leave {name} out; if "
            f"{mark.cluster} is gone: {PURGE}",
            measured=mark.cluster,
            needed=ours.cluster,
        )
    if not node or (mark.job and mark.job == ours.job):
        return None
    if not mark.cluster:
        return refuse(
            name,
            "unknown-node",
            f"{name} is a {facts.role} node already, and its mark does not tell of which cluster",
            f"leave {name} out, or {ADOPT}; or, if nobody needs it: microk8s leave, then {PURGE}",
            measured=facts.role,
        )
    return refuse(
        name,
        "already-node",
        f"{name} is a {facts.role} node of {mark.cluster} already{job}, and this change would "
        "make it one",
        f"roll back the job that made it one, or leave {name} out; if its record is lost, {ADOPT}",
        measured=facts.role,
    )


def _state(name: str, facts: HostFacts, role: str, *, is_seed: bool) -> Iterator[Finding]:
    if facts.role in CLUSTERED and facts.role != role:
        yield refuse(
            name,
            "wrong-role",
            f"{name} is already a {facts.role} node and should be a {role}",
            f"remove {name} from the cluster first, or ask for the role that it has",
            measured=facts.role,
            needed=role,
        )
    elif facts.role in CLUSTERED or (is_seed and facts.role == FORMER_SEED):
        # By its files a lone first node whose workers joined it looks like one that all have left.
        yield inform(name, "already-node", f"{name} is already a node of this cluster", "")
    elif facts.role in {"half-joined", "joining"}:
        yield warn(
            name,
            "half-joined",
            f"{name} was joining a cluster when that was interrupted, or is joining now",
            "the join step cleans it and joins it anew",
        )
    elif facts.role == FORMER_SEED:
        yield warn(
            name,
            "former-seed",
            f"{name} was the first node of a cluster of which no other member is left",
            "the join step purges it and installs it anew",
        )
    elif facts.role == "stopped":
        yield warn(
            name,
            "microk8s-stopped",
            f"MicroK8s {facts.channel} is installed on {name}, and stopped",
            f"start it: microk8s start on {name}",
        )
    elif facts.role == "standalone":
        message = f"MicroK8s {facts.channel} is already installed on {name}, alone"
        yield inform(name, "microk8s-installed", message, "it is used as it is")
