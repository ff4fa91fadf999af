"""A node whose MicroK8s was stopped is started again, and seen at work."""

from collections.abc import Mapping
from time import time
from typing import Any

from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s import healing
from deploy_scripts.microk8s.healing import HealTimer
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    LOOK_SECONDS,
    look,
    look_at_nodes,
    look_until,
    member_of,
)
from deploy_scripts.microk8s.readiness import lack_of, silence_of
from deploy_scripts.microk8s.snap_state import SnapState
from deploy_scripts.protocol import Before


def bring_back(
    fleet: Fleet,
    before: Before,
    *,
    seed: str,
    host: str,
    is_member: bool,
    look_seconds: float = LOOK_SECONDS,
) -> float:
    """Start MicroK8s on ``host``; return once ``seed`` sees it Ready and heard of since.

    Returns the seconds that took. Raises ``NotYet`` while it is not; a step that waits asks for the
    start again, which harms nothing, as a stop that snapd still works on may have come after it.
    """
    before.note({"start": time()})
    began = float(before.noted["start"])
    fleet.run(healing.start, on=[host], timeout=healing.START_SECONDS)
    lack, is_back = look_until(
        lambda: _lack(fleet, seed, host, is_member, began),
        lambda found: not found,
        seconds=0 if before.has_waited else look_seconds,
    )
    if not is_back:
        raise NotYet(
            lack,
            after=AGAIN_SECONDS,
            otherwise=f"cannot see {host} at work again after the drill",
            advice=f"run 'snap start microk8s' as root on {host}, look at journalctl -u "
            "snap.microk8s.daemon-kubelite there, then retry",
        )
    before.note({"ready": time()})
    return float(before.noted["ready"]) - began


def _lack(fleet: Fleet, seed: str, host: str, is_member: bool, began: float) -> str:
    """Return what the node lacks to be one again; empty if nothing."""
    states, failures = fleet.try_facts(SnapState, on=[host])
    if failures:
        return failures[0].message
    seen = look(fleet, seed=seed) if is_member else look_at_nodes(fleet, seed=seed)
    lack = lack_of(host, states[host], seen, is_member) or silence_of(
        host, seen, int(time() - began) + 1
    )
    return lack or (is_member and _apart(fleet, host, seen)) or _still_set(fleet, host)


def _apart(fleet: Fleet, host: str, seen: Mapping[str, Any]) -> str:
    """Return what a control plane node lacks to be one: its datastore, or its own API."""
    member = member_of(seen, host)
    if member is None or not member["alive"]:
        return f"the datastore of {host} does not answer"
    if look_at_nodes(fleet, seed=host)["nodes"] is None:
        return f"the API server of {host} does not answer"
    return ""


def _still_set(fleet: Fleet, host: str) -> str:
    if fleet.facts(HealTimer, on=[host])[host]:
        return f"the timer {healing.UNIT} of {host} is set still"
    return ""
