"""Watch what a cluster does while one of its nodes is away: probes by the others, and moments."""

from collections.abc import Mapping, Sequence
from time import sleep, time
from typing import Any

from cluster.drills import KILL, STOP, Placed, Probed, joined, reached
from deploy_scripts.fleet.errors import NotYet, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.drilling import Sight, WriteProbe
from deploy_scripts.microk8s.healing import HELD, UNIT
from deploy_scripts.microk8s.looking import LOOK_SECONDS
from deploy_scripts.microk8s.snap_state import SnapState
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
"""The number that the probes left goes with the undo of the step that stopped the node."""
ASKS = False
PACE_SECONDS = 1.0
"""From one probe to the next, at least."""
AGAIN_SECONDS = 0.5
NUMBERS_A_SECOND = 10
_PART = "part "


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    observers: Sequence[str],
    seconds: float,
    stop_for_drill: Mapping[str, Any],
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Probe ``observers`` until ``seconds`` have passed since the node was stopped.

    Raises ``NotYet`` before that, so that no Celery worker is held for long; what was seen is
    noted part by part. Raises ``Permanent`` where the node was at work all the time.
    """
    since = float(stop_for_drill["at"])
    end = since + seconds
    parts = [name for name in before.noted if name.startswith(_PART)]
    if not parts or time() < end:
        until = min(end, time() + look_seconds)
        seen = _watch(fleet, observers, stop_for_drill, since, until)
        before.note({f"{_PART}{len(parts) + 1}": seen})
    if time() < end:
        raise NotYet(
            f"{host} is to be away for {end - time():.0f} s more",
            after=AGAIN_SECONDS,
            otherwise="cannot watch the drill to its end",
        )
    _see_it_down(fleet, host, seconds, stop_for_drill.get("how", STOP))
    told = [before.noted[name] for name in before.noted if name.startswith(_PART)]
    for name in observers:
        fleet.mark_done(name, "probed")
    return Result(_whole(told, observers, seconds))


def _see_it_down(fleet: Fleet, host: str, seconds: float, how: str) -> None:
    ran = set(fleet.facts(SnapState, on=[host])[host]["active"])
    active = sorted(ran & set(HELD) if how == KILL else ran)
    if active:
        what = "they were killed" if how == KILL else "snapd was told to stop MicroK8s"
        raise Permanent(
            f"cannot tell how the cluster lives without {host}: {', '.join(active)} ran there "
            f"{seconds:g} s after {what}",
            advice=f"look at 'snap changes' and 'journalctl -u {UNIT}' on {host}, and ask for a "
            "drill with more seconds",
        )


def _watch(
    fleet: Fleet,
    observers: Sequence[str],
    stopped: Mapping[str, Any],
    since: float,
    until: float,
) -> dict[str, Any]:
    """Probe again and again; return the log, the first sight of each moment, the last write."""
    node, was = stopped["node"], Placed(**stopped["pods"])
    log: list[Probed] = []
    moments: dict[str, float] = {}
    written, viewer = 0, observers[0]
    while True:
        began = time()
        number = max(1, int((began - since) * NUMBERS_A_SECOND))
        answers, _ = fleet.try_facts(WriteProbe, on=observers, node=node, number=number)
        silent = tuple(name for name in observers if not answers.get(name))
        written = number if len(silent) < len(observers) else written
        log.append(Probed(round(began - since, 1), round(time() - since, 1), 1, silent))
        viewer = next((name for name in observers if name not in silent), viewer)
        sights, _ = fleet.try_facts(Sight, on=[viewer], node=node)
        if viewer in sights and sights[viewer]["pods"] is not None:
            sight = sights[viewer]
            found = reached(was, sight["pods"], is_ready=sight["ready"] is not False)
            moments = dict.fromkeys(found, round(time() - since, 1)) | moments
        if time() >= until:
            break
        sleep(max(0.0, min(began + PACE_SECONDS, until) - time()))
    return {"log": [row.as_dict() for row in joined(log)], "seen": moments, "written": written}


def _whole(
    parts: Sequence[Mapping[str, Any]], observers: Sequence[str], seconds: float
) -> dict[str, Any]:
    moments: dict[str, float] = {}
    for part in parts:
        moments = {**part["seen"], **moments}
    rows = (Probed.from_dict(row) for part in parts for row in part["log"])
    return {
        "observers": list(observers),
        "seconds": seconds,
        "log": [row.as_dict() for row in joined(rows)],
        "seen": moments,
        "written": max(part["written"] for part in parts),
    }
