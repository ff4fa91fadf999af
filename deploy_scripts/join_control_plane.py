"""Join one host to the cluster as a control plane node, and wait until it has settled."""

from collections.abc import Mapping
from typing import Any

from deploy_scripts.fleet.errors import NotYet, StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.join_token import join_urls
from deploy_scripts.microk8s.joining import bring_back, explain, join
from deploy_scripts.microk8s.leaving import remove_member, undo_join
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    JOIN_SECONDS,
    LOOK_SECONDS,
    as_observation,
    look,
    look_until,
    look_when_settled,
    member_of,
    node_of,
    role_of,
)
from deploy_scripts.microk8s.role_parser import FORMER_SEED, UNKNOWN
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A join that is cut off leaves a half-joined node, so a cancel waits for its end."""
UNDO = "does"
ASKS = False
VOTERS = 3
JOINED = frozenset({"control-plane", FORMER_SEED, UNKNOWN})
"""What the files of a node that joined may say: its datastore's own list is up to 30 s old."""


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    host: str,
    expected_members: int,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Join ``host`` unless it is a member; clean up a half-done join first; look if it settles.

    Raises ``NotYet`` when it has joined and does not settle in ``look_seconds``; a step that waits
    looks once, and joins nothing that has joined.
    """
    had_joined = before.has_waited and may_have_joined(fleet, host)
    if not had_joined:
        _join(fleet, seed, host)
    if before.has_waited:
        seen = look(fleet, seed=seed)
        is_settled = has_settled(seen, host, expected_members)
    else:
        seen, is_settled = look_until(
            lambda: look_when_settled(
                fleet, seed=seed, members=expected_members, voters=kept_voters(expected_members)
            ),
            lambda now: has_settled(now, host, expected_members),
            seconds=look_seconds,
        )
    if not is_settled:
        raise _unsettled(seed, host, seen, has_joined=had_joined or may_have_joined(fleet, host))
    fleet.mark_done(host, (member_of(seen, host) or {}).get("role", ""))
    roles = {row["host"]: row["role"] for row in seen["members"]}
    return Result({"roles": roles}, as_observation(fleet, seen, seed))


def _join(fleet: Fleet, seed: str, host: str) -> None:
    role = role_of(fleet, host)
    seen = look(fleet, seed=seed)
    if _is_member(seen, host) and role["role"] == "control-plane":
        return
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


def may_have_joined(fleet: Fleet, host: str) -> bool:
    """Say whether the host's own files are those of a node that joined; a silent one may be one."""
    found, _ = fleet.try_facts(HostRole, on=[host])
    return not found or found[host]["role"] in JOINED


def _unsettled(seed: str, host: str, seen: Mapping[str, Any], *, has_joined: bool) -> StepError:
    """Return what is missing; a host that only said that it joined is to join again."""
    what = f"cannot see {host} settle as a control plane node of {seed}'s cluster"
    if not has_joined:
        return Transient(f"{what}: nothing on it shows the join that was reported")
    return NotYet("; ".join(missing(seen, host)), after=AGAIN_SECONDS, otherwise=what)


def missing(seen: Mapping[str, Any], host: str) -> list[str]:
    """Say what is not yet as it is once a joined member has settled."""
    if not seen["has_leader"]:
        return ["the datastore has no leader"]
    member, node, sentences = member_of(seen, host), node_of(seen, host), []
    if not member:
        sentences.append(f"{host} is not listed as a member")
    if not (node and node["ready"] and node["role"] == "control-plane"):
        sentences.append(f"node {host} is not Ready")
    silent = [row["host"] or row["address"] for row in seen["members"] if not row["alive"]]
    if silent:
        sentences.append(f"{', '.join(silent)} does not answer as a member")
    voters = sum(row["role"] == "voter" for row in seen["members"])
    sentences.append(f"{voters} of {len(seen['members'])} members are voters")
    return sentences


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
