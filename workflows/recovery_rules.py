"""What is to be said of a cluster whose quorum is to be recovered: findings; pure."""

from collections.abc import Iterator, Sequence

from cluster.actions import Action
from cluster.findings import Finding, refusal, warning
from cluster.observation import Observation
from cluster.quorum import DqliteRole, expected, explain
from cluster.spec import Cluster

LOST, OFF = "/params/lost", "/params/dead_are_off"


def recovery(
    cluster: Cluster, lost: Sequence[str], survivors: Sequence[str], *, dead_are_off: bool
) -> Iterator[Finding]:
    """Yield what refuses a recovery, and what it means."""
    if not dead_are_off:
        yield refusal(
            "lost-not-confirmed",
            f"a lost node that comes back with its disk goes on with the former datastore, beside "
            f"the recovered one, and nobody has said that {_are(lost)} off for good",
            "power off or wipe each of them, then say dead_are_off: true",
            field=OFF,
        )
    if not survivors:
        yield refusal(
            "no-survivor",
            f"{', '.join(lost)} are all control plane nodes of cluster {cluster.name}, so nobody "
            "is left whose datastore could be recovered",
            "leave those out that can be started; else form the cluster anew and restore a backup",
            field=LOST,
        )
    if cluster.observation is None:
        yield warning(
            "cluster-not-seen",
            f"cluster {cluster.name} was never looked at, so nobody can tell yet whether its "
            "quorum is lost: the job looks first, and ends there where it is not",
            "look at the cluster (verify), and plan again",
            field="/cluster",
        )
    else:
        yield from _seen(cluster, cluster.observation, lost, survivors)
    yield from _told(cluster, lost, survivors)


def _seen(
    cluster: Cluster, seen: Observation, lost: Sequence[str], survivors: Sequence[str]
) -> Iterator[Finding]:
    look = (Action.SHOW_CLUSTER.of(cluster=cluster.name),)
    listed = {row.host for row in seen.members}
    unknown = [row.name for row in seen.members if row.host not in cluster.control_plane]
    if unknown:
        yield refusal(
            "unlisted-member",
            f"{', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} listed by the datastore, "
            f"and no control plane node of cluster {cluster.name} as it is recorded",
            "see whose address that is, and register or adopt it first",
            field="/cluster",
            actions=look,
        )
    for row in seen.dead():
        if row.host in survivors:
            yield refusal(
                "survivor-silent",
                f"the datastore of {row.name} did not answer when cluster {cluster.name} was last "
                "seen, and it is not named as lost",
                f"start MicroK8s on {row.name} and look again, or name it in lost",
                host=row.host,
                field=LOST,
                actions=look,
            )
    for row in seen.members:
        if row.host in lost and row.alive:
            yield refusal(
                "node-alive",
                f"{row.name} answered as a member of cluster {cluster.name} when it was last seen, "
                "and is named as lost",
                f"leave {row.name} out; if it has died since, look at the cluster again",
                host=row.host,
                field=LOST,
                actions=look,
            )
    voters = [row for row in seen.members if row.role is DqliteRole.VOTER]
    left = sum(row.host in survivors for row in voters)
    # Where a lost one is no member any more a job has begun to recover quorum, and goes on; of one
    # that has not, its own look finds the leader.
    if not listed.issuperset(lost) or not (seen.has_leader or left > len(voters) / 2):
        return
    if not seen.has_leader and _is_before_promotion(seen, len(voters), survivors):
        yield _old_list(cluster, len(voters), len(listed))
    else:
        yield refusal(
            "has-quorum",
            f"cluster {cluster.name} has its quorum, or gets it back by itself: {left} of "
            f"{len(voters)} voters are none of the lost ones",
            "ask for remove-node with force for each node that is dead"
            if seen.has_leader
            else "wait two minutes and look at the cluster again; if it knows no leader still, its "
            "list of members is older than the loss: accept has-quorum",
            field=LOST,
            acceptable=not seen.has_leader,
            actions=look,
        )


def _is_before_promotion(seen: Observation, voters: int, survivors: Sequence[str]) -> bool:
    """Whether the list is of the moment before dqlite gave votes to members that are lost now.

    A node writes its list down every 30 s. One with fewer voters than dqlite keeps is of a change
    of roles that was under way. Had that not ended, the voters that are left would lead: they
    answer, and nobody leads, so it has, and the survivors are fewer than a majority since.
    """
    full = expected(len(seen.members))
    left = sum(row.host in survivors for row in seen.members)
    return voters < full.voters and left < full.majority


def _old_list(cluster: Cluster, voters: int, members: int) -> Finding:
    full = expected(members)
    return warning(
        "roles-not-settled",
        f"the list of members that was read off a survivor of cluster {cluster.name} names "
        f"{voters} of the {full.voters} voters that {members} members have, and nobody leads: it "
        "is older than the last change of roles, so what it says of the quorum does not count",
        "see that none of the lost ones can be started; a look shows the list as it is now: "
        f"clusterwright change verify {cluster.name} --wait",
        field=LOST,
    )


def _told(cluster: Cluster, lost: Sequence[str], survivors: Sequence[str]) -> Iterator[Finding]:
    yield warning(
        "guard-exempt",
        "the quorum guard is not asked: it would refuse every step, since there is no quorum left "
        "to keep; in its place a fresh look has to show that no leader is known and that "
        f"{_are(lost)} silent",
        "read the evidence of the step that chooses the log before you approve what comes after",
        field=LOST,
    )
    yield warning(
        "writes-may-be-lost",
        "what only the lost nodes had acknowledged is gone; each survivor keeps a copy of its "
        "former datastore in /var/lib/clusterwright/recovery",
        "remove the copies by hand once the cluster is proved: they hold its secrets",
        field=LOST,
    )
    if survivors and len(survivors) < 3:
        yield warning(
            "few-control-planes-left",
            f"cluster {cluster.name} is left with {explain(len(survivors))}",
            "add control plane nodes until there are 3",
            field=LOST,
        )


def _are(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
