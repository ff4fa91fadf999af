"""Say what a drill has shown, of what its steps have found and of a last look."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cluster.drills import Probed, judged
from cluster.findings import warning
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False
"""It judges what the steps before it have found."""


def apply(
    fleet: Fleet,
    *,
    before: Before,
    cluster: str,
    control_plane: Sequence[str],
    workers: Sequence[str],
    stop_for_drill: Mapping[str, Any],
    watch_drill: Mapping[str, Any],
    start_after_drill: Mapping[str, Any],
) -> Result:
    """Return the verdict; what was not met is a finding, and the step succeeds all the same."""
    del before
    seen = observe(fleet, control_plane=control_plane, workers=workers)
    leader = seen.leader()
    criteria = judged(
        [Probed.from_dict(row) for row in watch_drill["log"]],
        watch_drill["observers"],
        back_seconds=start_after_drill["back_seconds"],
        written=watch_drill["written"],
        kept=start_after_drill["kept"],
        voters=(stop_for_drill["voters"], seen.quorum.voters_alive),
    )
    host = stop_for_drill["host"]
    unmet = [each for each in criteria if not each.is_met]
    findings = [
        warning(
            "drill-not-passed",
            f"the drill with {host} of cluster {cluster} is not passed: {each.says}",
            "read the report of its job, mend the cause, and drill again",
            host=host,
        ).as_dict()
        for each in unmet
    ]
    for name in control_plane:
        fleet.mark_done(name, "seen")
    return Result(
        {
            "passed": not unmet,
            "criteria": [asdict(each) for each in criteria],
            "roles": {row.name: str(row.role) for row in seen.members},
            "leader": leader.host if leader else None,
            "findings": findings,
        },
        seen,
    )
