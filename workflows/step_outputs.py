"""What earlier steps of a job found, for a step whose plan says that it needs it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis

from deploy_scripts.fleet.errors import Permanent
from workflows.states import StepStatus


def outputs(
    client: redis.Redis, job_id: str, steps: Sequence[Mapping[str, Any]], index: int
) -> dict[str, Any]:
    """Return the output of each step that step ``index`` needs, by that step's name.

    Each is as large as the ledger lets an output be, and no larger. Raises ``Permanent`` where such
    a step is not done.
    """
    step = steps[index]
    found = {}
    for name in step.get("needs", ()):
        place = last_before(index, name, [row["name"] for row in steps])
        key = f"cw:job:{job_id}:step:{place}"
        kept: Any = client.hmget(key, "status", "output") if place is not None else ("", "")
        status, output = kept
        if status != StepStatus.DONE:
            raise Permanent(
                f"cannot {step['title'][0].lower()}{step['title'][1:]}: it needs what {name} "
                f"found, and that step is {status or 'not there'}",
                advice="ask for the change anew: its plan does not fit what was done",
            )
        found[name] = json.loads(output or "{}")
    return found


def last_before(index: int, name: str, names: Iterable[str]) -> int | None:
    """Return the place of the last step of that name before ``index``, if there is one."""
    places = [place for place, other in enumerate(names) if other == name and place < index]
    return places[-1] if places else None
