"""Carries over what version 0.1 left in Redis, once, when the API or a Celery worker starts.

0.1 kept a cluster's record as one value that a job replaced when it succeeded; now steps write it,
field by field. Jobs that are at work cannot be carried over in the middle.
"""

import json
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

import redis
from redis.exceptions import RedisError

from cluster.spec import Node, Phase, Role
from workflows.ledger.functions import LedgerFunctions, NoFunctions
from workflows.ledger.script import script
from workflows.states import FINISHED
from workflows.writes import SetNode, SetPhase

SCHEMA, VERSION = "cw:schema", "2"
"""The key that says how data is laid out, and how it is now."""
LOCK, LOCK_SECONDS = "cw:schema:lock", 60
PAUSE_SECONDS = 0.2
MOST_NAMED = 5
logger = logging.getLogger(__name__)


class CannotMigrate(Exception):
    """Data of an earlier version cannot be carried over as it is; nothing of it was changed."""


class Busy(CannotMigrate):
    """Another process is at it."""


def migrate(client: redis.Redis) -> int:
    """Bring what is stored to how it is laid out now; return how many clusters were carried over.

    Raises ``CannotMigrate`` while jobs of 0.1 are unfinished, or another process is at it.
    """
    known: Any = client.get(SCHEMA)
    if known == VERSION:
        return 0
    if known is not None:
        raise CannotMigrate(
            f"cannot start: Redis holds data laid out as version {known}, and this one reads "
            f"{VERSION}; start the version that wrote it"
        )
    if not client.set(LOCK, "1", nx=True, ex=LOCK_SECONDS):
        raise Busy(
            "cannot start: another process is carrying over the data of version 0.1; start again "
            "in a moment"
        )
    try:
        carried = _carry_over(client)
        client.set(SCHEMA, VERSION)
        return carried
    finally:
        client.delete(LOCK)


def migrate_at_start(client: redis.Redis) -> None:
    """Migrate, and load the script; a Redis that is away is let be, another process waited for.

    Raises ``CannotMigrate`` where a person has to do something first.
    """
    until = time.monotonic() + LOCK_SECONDS
    while not _is_done(client, is_last=time.monotonic() >= until):
        time.sleep(PAUSE_SECONDS)


def _is_done(client: redis.Redis, *, is_last: bool) -> bool:
    try:
        LedgerFunctions(client, script()).load_alone()
        migrate(client)
    except NoFunctions as error:
        raise CannotMigrate(f"cannot start: {error}") from None
    except RedisError as error:
        logger.warning("cannot load the script, or look for data of version 0.1: %s", error)
    except Busy:
        if is_last:
            raise
        return False
    return True


def _carry_over(client: Any) -> int:
    jobs = {job: client.hgetall(f"cw:job:{job}") for job in client.zrange("cw:jobs", 0, -1)}
    _refuse_unfinished(jobs)
    _index(client, jobs)
    names = sorted(client.smembers("cw:clusters"))
    old = {name: client.hgetall(f"cw:cluster:{name}") for name in names}
    carried = [name for name, row in old.items() if "spec" in row]
    for name in carried:
        mine = [row for row in jobs.values() if row.get("cluster") == name]
        _carry_cluster(client, name, old[name], mine)
    if carried:
        logger.info("carried over %d clusters of version 0.1", len(carried))
    return len(carried)


def _index(client: Any, jobs: Mapping[str, Mapping[str, str]]) -> None:
    """Put jobs where they are found by cluster, status and kind."""
    with client.pipeline(transaction=False) as pipe:
        for job, row in jobs.items():
            if row:
                of_cluster, status = f"cw:jobs:cluster:{row['cluster']}", row["status"]
                for key in (
                    of_cluster,
                    f"cw:jobs:status:{status}",
                    f"{of_cluster}:status:{status}",
                    f"{of_cluster}:kind:{row['kind']}",
                ):
                    pipe.zadd(key, {job: row["created"]})
        pipe.execute()


def _refuse_unfinished(jobs: Mapping[str, Mapping[str, str]]) -> None:
    """A job of before carries no writes, so it cannot go on where it stands."""
    of_before = {job: row for job, row in jobs.items() if row and "lock" not in row}
    # By their beginnings: a whole id looks like a join token, which logs hide.
    unfinished = [
        f"{job[:12]} of cluster {row['cluster']}"
        for job, row in of_before.items()
        if row["status"] not in set(map(str, FINISHED))
    ]
    if unfinished:
        more = f" and {len(unfinished) - MOST_NAMED} more" if len(unfinished) > MOST_NAMED else ""
        raise CannotMigrate(
            f"cannot start: jobs of version 0.1 are not finished: {len(unfinished)} "
            f"({', '.join(unfinished[:MOST_NAMED])}{more}); start version 0.1 again and wait for "
            "them, or cancel them there, then start this one"
        )


def _carry_cluster(
    client: Any, name: str, old: Mapping[str, str], jobs: Iterable[Mapping[str, str]]
) -> None:
    spec = json.loads(old["spec"])
    formed = old["formed"] == "1"
    resting = next((row for row in jobs if row.get("made_cluster") == "1"), None)
    done = next((row for row in jobs if row["status"] == "succeeded"), None)
    nodes = _nodes(spec, json.loads(done["plan"]) if done else {"steps": []})
    addons = json.loads(done["params"]).get("addons", []) if done else []
    fields = {
        "name": name,
        "environment": spec["environment"],
        "phase": str(Phase.FORMED if formed else Phase.FORMING),
        "addons": json.dumps(addons),
        "made_by": resting["id"] if resting else "",
        "revision": "1",
        "places": str(len(nodes)),
    }
    for place, node in enumerate(nodes, start=1):
        row = node.as_dict() | {"place": place}
        fields[f"{'node' if formed else 'coming'}:{node.host}"] = json.dumps(row)
    with client.pipeline(transaction=True) as pipe:
        pipe.hset(f"cw:cluster:{name}", mapping=fields)
        pipe.hdel(f"cw:cluster:{name}", "spec", "formed")
        pipe.hset(f"cw:revision:{name}", mapping={"n": 1, "by": done["id"] if done else ""})
        if resting and not formed:
            _carry_resting(pipe, resting, spec["environment"], nodes)
        pipe.execute()


def _carry_resting(
    pipe: Any, job: Mapping[str, str], environment: str, nodes: Iterable[Node]
) -> None:
    """Let a create that rests go on or back: its last step writes the record, as it did."""
    plan = json.loads(job["plan"])
    writes = [SetNode(node).as_dict() for node in nodes] + [SetPhase(Phase.FORMED).as_dict()]
    plan["steps"][-1]["writes"] = writes
    coming = {node.host: node.as_dict() for node in nodes}
    pipe.hset(
        f"cw:job:{job['id']}",
        mapping={
            "plan": json.dumps(plan),
            "lock": "exclusive",
            "founds": environment,
            "coming": json.dumps(coming),
            "basis": 1,
        },
    )
    for host in json.loads(job.get("took", "[]")):
        pipe.hset(f"cw:host:{host}", "reserved_by", job["id"])
        pipe.sadd(f"cw:job:{job['id']}:holds", host)


def _nodes(spec: Mapping[str, Any], plan: Mapping[str, Any]) -> list[Node]:
    """Return the nodes of a record of 0.1, marked as the job marked them that formed it."""
    labelled = (row["args"] for row in plan["steps"] if row["name"] == "label_nodes")
    marks: Mapping[str, Any] = next(labelled, {})
    roles = dict.fromkeys(spec["control_plane"], Role.CONTROL_PLANE)
    roles |= dict.fromkeys(spec["workers"], Role.WORKER)
    return [
        Node(
            host,
            role,
            spec["channel"],
            marks.get("labels", {}).get(host, {}),
            tuple(marks.get("taints", {}).get(host, ())),
        )
        for host, role in roles.items()
    ]
