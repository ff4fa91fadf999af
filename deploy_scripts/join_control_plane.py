"""Join one host to the cluster as a control plane node, and wait until it has settled."""

from collections.abc import Mapping
from typing import Any

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.join_token import join_urls
from deploy_scripts.microk8s.joining import SETTLE_SECONDS, bring_back, explain, join
from deploy_scripts.microk8s.leaving import remove_member, undo_join
from deploy_scripts.microk8s.looking import (
    JOIN_SECONDS,
    as_observation,
    look,
    look_when_settled,
    member_of,
    node_of,
    role_of,
    wait_for,
)
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A join that is cut off leaves a half-joined node, so a cancel waits for its end."""
UNDO = "does"
VOTERS = 3


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    host: str,
    expected_members: int,
    settle_seconds: float = SETTLE_SECONDS,
) -> Result:
    """Join ``host`` unless it is a member; clean up a half-done join first; wait until settled."""
    del before  # the join is noted on the host and on its seed
    role = role_of(fleet, host)
    seen = look(fleet, seed=seed)
    if not _is_member(seen, host) or role["role"] != "control-plane":
        _make_joinable(fleet, seed, host, role, seen)
        with join_urls(fleet, seed=seed, joiners=[host]) as urls:
            _, failures = fleet.try_run(
                join,
                on=[host],
                timeout=JOIN_SECONDS,
                urls=urls,
                addresses={host: fleet.node_address(host)},
                worker=False,
            )
        if failures:
            raise explain(failures, f"cannot join {host} as control plane node")
    seen = wait_for(
        lambda: look_when_settled(
            fleet, seed=seed, members=expected_members, voters=kept_voters(expected_members)
        ),
        lambda now: has_settled(now, host, expected_members),
        seconds=settle_seconds,
        otherwise=f"cannot see {host} settle as a control plane node of {seed}'s cluster",
    )
    fleet.mark_done(host, (member_of(seen, host) or {}).get("role", ""))
    roles = {row["host"]: row["role"] for row in seen["members"]}
    return Result({"roles": roles}, as_observation(fleet, seen, seed))


def undo(fleet: Fleet, *, before: Before, seed: str, host: str, expected_members: int) -> Result:
    """Take ``host`` out of the cluster again; ``expected_members`` no longer holds then."""
    del before
    became = undo_join(fleet, seed=seed, host=host)
    out = f"out of the {expected_members} members"
    fleet.mark_done(host, became if became.startswith("kept:") else out)
    return Result()


def _is_member(seen: Mapping[str, Any], host: str) -> bool:
    member = member_of(seen, host)
    return bool(seen["has_leader"] and member and member["alive"])


def _make_joinable(
    fleet: Fleet, seed: str, host: str, role: Mapping[str, Any], seen: Mapping[str, Any]
) -> None:
    """Bring both ends back to where a join may begin: no stale member, a fresh MicroK8s."""
    if not seen["has_leader"]:
        raise Transient(
            f"cannot join {host}: the datastore of {seed} has no leader, so nobody can tell who is "
            "a member",
            advice="start the control plane nodes that are down",
        )
    if member_of(seen, host):
        remove_member(fleet, seed=seed, host=host)
    if role["role"] != "standalone":
        bring_back(fleet, host, role)


def has_settled(seen: Mapping[str, Any], host: str, expected_members: int) -> bool:
    """True when the member answers, its node is Ready, and dqlite has the voters that it keeps."""
    member, node = member_of(seen, host), node_of(seen, host)
    if not (seen["has_leader"] and member and member["alive"] and node and node["ready"]):
        return False
    members = seen["members"]
    if len(members) < expected_members or not all(row["alive"] for row in members):
        return False
    voters = sum(row["role"] == "voter" for row in members)
    return bool(node["role"] == "control-plane" and voters == kept_voters(len(members)))


def kept_voters(members: int) -> int:
    """Return how many voters dqlite keeps among so many members, all of them alive."""
    return VOTERS if members >= VOTERS else 1
