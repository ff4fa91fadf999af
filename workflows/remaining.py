"""What remains of a job that goes on; pure.

Its change is planned anew, on the record as it was before the job wrote any of it, and that plan is
laid beside the steps that there are. What is done stays as it is. A step that has begun and is not
done gets its new form and keeps its place, attempts and notes. What has not begun is replaced.

Where hosts were lost for good, a step that was for them alone, or looked because of them, is left
out, and stays to be read and to be undone. A host whose join had begun is taken out of the cluster
again: nobody knows how far it came, and a verification would wait for its end.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.spec import Cluster, Role
from workflows import steps
from workflows.plan import Plan, Step
from workflows.states import StepStatus
from workflows.step_modules import Undo, step_module
from workflows.step_records import StepRecord

REMOVAL = "remove_lost"
Row = Mapping[str, Any]
"""A step as it stands in a job's plan."""


class NotFitting(Exception):
    """What was done is not what the new plan begins with."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A job's steps from now on, those that are done among them."""

    steps: tuple[Row, ...]
    kept: int
    """How many of them, from the first, keep their records: they have begun."""
    left_out: tuple[int, ...]
    """Which of those are not tried any more from now on."""


def rest_of(
    rows: Sequence[Row],
    records: Sequence[StepRecord],
    plan: Plan,
    record: Cluster | None,
    lost: Collection[str],
) -> Rest:
    """Return a job's steps as the job goes on, without hosts that are lost.

    ``rows`` are its steps as planned so far, ``records`` how they stand, ``plan`` is that of the
    change as it is now, and ``record`` the cluster as it is now. Raises ``NotFitting``.
    """
    ahead = list(_rows(plan.steps))
    kept = max((step.index + 1 for step in records if step.attempt), default=0)
    begun: list[Row] = []
    left_out = []
    for row, step in zip(rows[:kept], records[:kept], strict=True):
        if step.status is StepStatus.LEFT_OUT or row["name"] == REMOVAL:
            begun.append(row)
        elif ahead and _is_same(row, ahead[0], lost):
            begun.append(_taken_up(row, step, ahead.pop(0), lost))
        elif not (_is_only_of(row, lost) or _changes_nothing(row)):
            raise NotFitting(f"step {step.index + 1}, {row['title']!r}, was begun otherwise")
        elif step.status is StepStatus.DONE:
            begun.append(row)
        else:
            left_out.append(step.index)
            begun.append({**row, "writes": [], "quorum": None})  # it will not have come so far
    removals = _removals(rows, kept, record, lost)
    return Rest((*begun, *removals, *ahead), kept, tuple(left_out))


def _rows(planned: Sequence[Step]) -> list[Row]:
    """Return steps as they stand in a plan that was stored."""
    rows: list[Row] = json.loads(json.dumps([step.as_dict() for step in planned]))
    return rows


def _is_only_of(row: Row, lost: Collection[str]) -> bool:
    return bool(row["hosts"]) and set(row["hosts"]) <= set(lost)


def _changes_nothing(row: Row) -> bool:
    """Whether a step is there for others only, such as a verification before workers join."""
    return not row["writes"] and step_module(row["name"]).undo is Undo.NOTHING


def _is_same(row: Row, other: Row, lost: Collection[str]) -> bool:
    """Whether another row is the step of this one, without hosts that are lost."""
    hosts = [host for host in row["hosts"] if host not in lost]
    return bool(row["name"] == other["name"] and hosts == other["hosts"])


def _taken_up(row: Row, step: StepRecord, mate: Row, lost: Collection[str]) -> Row:
    """Return how a step goes on that has begun: what is done was done as it was planned then."""
    if step.status is not StepStatus.DONE:
        return mate
    if [write for write in row["writes"] if write.get("host") not in lost] != mate["writes"]:
        raise NotFitting(f"step {step.index + 1}, {row['title']!r}, has written otherwise")
    return row


def _removals(
    rows: Sequence[Row], kept: int, record: Cluster | None, lost: Collection[str]
) -> list[Row]:
    """Return the steps that take hosts out again whose join has begun, one for each seed.

    Those of an earlier retry that have not begun are among them.
    """
    if record is None or not record.nodes:
        return []  # there is nobody to join, so nobody has begun to
    through: dict[str, list[str]] = {}
    roles: dict[str, str] = {}
    begun = [row for row in rows[:kept] if row["name"] == REMOVAL]
    lost = set(lost).difference(*(row["args"]["hosts"] for row in begun))
    for index, row in enumerate(rows):
        for host, role in _joined(row, lost) if index < kept else ():
            through.setdefault(row["args"]["seed"], []).append(host)
            roles[host] = role
        if row["name"] == REMOVAL and index >= kept:
            through.setdefault(row["args"]["seed"], []).extend(row["args"]["hosts"])
            guard = row["guard"] or {"hosts": ()}
            roles |= dict.fromkeys(guard["hosts"], Role.CONTROL_PLANE)
    found = []
    for seed, hosts in through.items():
        members = [host for host in hosts if roles.get(host) == Role.CONTROL_PLANE]
        found.append(steps.remove_lost(record, hosts, seed=seed, members=members))
    return _rows(found)


def _joined(row: Row, lost: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the lost hosts that a step makes nodes through a seed, and what they are to be."""
    for write in row["writes"] if "seed" in row["args"] else ():
        if write["do"] == "set-node" and write["host"] in lost:
            yield write["host"], write["node"]["role"]
