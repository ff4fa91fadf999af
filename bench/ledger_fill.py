"""A Redis as a year of work would leave it: hosts, clusters and jobs, written by the product.

Of each cluster the job that forms it, and one that fails, go through the ledger's own script from
their acceptance to their end; only the answers are read later, many at once, and what each has to
be is checked then. The other jobs of the cluster are copies of these two, listed where they are.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import redis

from bench.processes import CannotMeasure
from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.host_changes import whole
from workflows.inventory import Inventory
from workflows.kinds import KINDS
from workflows.ledger.claims import Lease
from workflows.ledger.kept import as_json
from workflows.ledger.ledger import GRACE_SECONDS, LEASE_SECONDS, Ledger
from workflows.plan import Change
from workflows.plan_records import plan_record
from workflows.planner import planned
from workflows.scope import read_scope

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9nLdQH9PjWEqYz0N6bF2nB2hH0Kk7m3lq0nW2G7v5J"
CONTROL_PLANE, WORKERS = 3, 1
"""Hosts of each cluster; the others are free."""
FAILED_EACH = 10
"""One job in so many failed."""
FAILED_STEP = 2
AT_ONCE = 200
"""Hosts that are put, and jobs that are copied, in one go."""
VERSION = "v1.32.9"
FAILURE = {
    "message": "cannot install MicroK8s: error: unable to contact snap store",
    "transient": False,
    "advice": "let the host reach the snap store, then retry",
    "findings": [],
    "failures": [],
}
ANSWERS = {"create": "created", "claim": "run"}
"""What the script has to answer; ``ok`` to all else."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    jobs: int
    hosts: int
    clusters: int

    def __str__(self) -> str:
        return f"{self.jobs} jobs, {self.hosts} hosts and {self.clusters} clusters"


@dataclass(frozen=True, slots=True)
class Original:
    """A job that others are copied from."""

    job: str
    created: int
    parts: tuple[str, ...]
    """What the names of its keys end with."""
    lists: tuple[str, ...]


class Filling(Ledger):
    """The ledger, asked without waiting for each answer."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        self.functions.be_loaded()
        self._pipe = client.pipeline(transaction=False)
        self._asked: list[str] = []

    def _ask(self, op: str, **args: Any) -> Any:
        if op == "ahead":
            return super()._ask(op, **args)
        request = {"op": op, "grace": GRACE_SECONDS * 1000, "lease": LEASE_SECONDS * 1000} | args
        self.functions.queue(self._pipe, as_json(request))
        self._asked.append(op)
        expected = ANSWERS.get(op, "ok")
        return (expected, "") if op in ANSWERS else expected

    def settle(self) -> None:
        """Read the answers. Raises ``CannotMeasure`` where one is not as it has to be."""
        asked, self._asked = self._asked, []
        for op, answer in zip(asked, self._pipe.execute(), strict=True):
            found, expected = answer[0] if op in ANSWERS else answer, ANSWERS.get(op, "ok")
            if found != expected:
                raise CannotMeasure(f"cannot fill the ledger: {op} was answered with {answer}")


def fill(client: redis.Redis, size: Size) -> None:
    """Leave so much behind, the jobs of all clusters spread over one another."""
    celery_worker_seen(client, "bench")
    inventory = Inventory(client)
    names = iter(_put_hosts(inventory, size.hosts))
    ledger = Filling(client)
    pairs = []
    for name, hosts in _parts(names, size):
        formed = _formed(ledger, inventory, name, list(hosts))
        pairs.append((formed["id"], _failed(ledger, formed)))
    ledger.settle()
    _copy(client, pairs, size.jobs - 2 * size.clusters)


def _put_hosts(inventory: Inventory, count: int) -> Iterator[str]:
    hosts = (
        Host(
            f"h{place}",
            f"10.{20 + place // 62500}.{place // 250 % 250}.{place % 250 + 1}",
            HOST_KEY,
            zone=f"rack-{place % 3 + 1}",
            labels={"disk": "ssd"},
        )
        for place in range(count)
    )
    while batch := list(islice(hosts, AT_ONCE)):
        inventory.put_hosts([whole(host) for host in batch])
        yield from (host.name for host in batch)


def _parts(names: Iterator[str], size: Size) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each cluster with its hosts; all hosts are there before the first cluster is formed."""
    every = iter(list(names))
    for number in range(size.clusters):
        yield f"c{number}", islice(every, CONTROL_PLANE + WORKERS)


def _formed(
    ledger: Filling, inventory: Inventory, cluster: str, hosts: list[str]
) -> Mapping[str, Any]:
    """Have a cluster formed; return the record of the job that did."""
    members, workers = hosts[:CONTROL_PLANE], hosts[CONTROL_PLANE:]
    params = {"control_plane": members, "workers": workers, "environment": "dev", "addons": ["dns"]}
    change = Change(cluster, "create-cluster", params)
    kind = KINDS[change.kind]
    scope = read_scope(ledger, inventory, change)
    plan = planned(kind, change, scope)
    if refusals := plan.refusals(change.accept):
        raise CannotMeasure(f"cannot fill the ledger: {refusals[0].message}")
    record = {
        "id": uuid.uuid4().hex,
        "cluster": cluster,
        "kind": change.kind,
        "lock": str(kind.lock),
        "params": json.dumps(params),
        "digest": change.digest,
        "reason": "",
        "on_failure": "stop",
        "accept": "[]",
        "pinned": False,
        "approval": 0,
        "ahead": "",
        **plan_record(plan, scope),
    }
    ledger.create(record)
    addresses = {name: inventory.host(name).address for name in hosts}
    _carry_out(ledger, record, observation=_observation(members, workers, addresses))
    ledger.settle()
    return record | {"basis": ledger.revision(cluster)}


def _failed(ledger: Filling, record: Mapping[str, Any]) -> str:
    """Have a job of the same size fail, which leaves the cluster as it is; return its id."""
    new = uuid.uuid4().hex
    own = {"id": new, "digest": new, "reserves": "[]", "coming": "{}", "founds": ""}
    plan = json.loads(record["plan"])
    steps = [step | {"writes": []} for step in plan["steps"]]
    again = {**record, **own, "plan": json.dumps(plan | {"steps": steps})}
    ledger.create(again)
    _carry_out(ledger, again, fails=True)
    return new


def _copy(client: redis.Redis, pairs: Sequence[tuple[str, str]], count: int) -> None:
    """Add so many jobs that are each as one of these is: of ten of a cluster, one failed."""
    clusters = len(pairs)
    found = {job: _keys(client, job) for pair in pairs for job in pair}
    with client.pipeline(transaction=False) as pipe:
        for number in range(count):
            succeeded, failed = pairs[number % clusters]
            is_tenth = number // clusters % FAILED_EACH == FAILED_EACH - 2
            _copy_one(pipe, found[failed if is_tenth else succeeded], number)
            if number % AT_ONCE == 0:
                pipe.execute()
        pipe.execute()


def _keys(client: redis.Redis, job: str) -> Original:
    """Return a job with all that is stored of it, and the lists in which it stands."""
    key = f"cw:job:{job}"
    row: Any = client.hgetall(key)
    of_cluster = f"cw:jobs:cluster:{row['cluster']}"
    parts = [f":{what}:{i}" for what in ("step", "hosts") for i in range(int(row["steps"]))]
    lists = ("cw:jobs", of_cluster, f"cw:jobs:status:{row['status']}")
    return Original(
        job,
        int(row["created"]),
        ("", ":events", ":reached", *parts),
        (*lists, f"{of_cluster}:status:{row['status']}", f"{of_cluster}:kind:{row['kind']}"),
    )


def _copy_one(pipe: Any, original: Original, number: int) -> None:
    new, created = uuid.uuid4().hex, original.created + number + 1
    for part in original.parts:
        pipe.copy(f"cw:job:{original.job}{part}", f"cw:job:{new}{part}")
    pipe.hset(f"cw:job:{new}", mapping={"id": new, "created": created})
    pipe.zadd("cw:job-ids", {new: 0})
    for key in original.lists:
        pipe.zadd(key, {new: created})


def _carry_out(
    ledger: Filling,
    record: Mapping[str, Any],
    *,
    observation: Mapping[str, Any] | None = None,
    fails: bool = False,
) -> None:
    """Carry out the job's steps on their hosts, as a Celery worker would."""
    steps = json.loads(record["plan"])["steps"]
    for index, step in enumerate(steps):
        lease = Lease(record["id"], index, f"token-{index}")
        ledger.claim(lease, epoch=1, owner="bench")
        for host in step["hosts"]:
            row = {"operation": step["title"], "detail": "", "seconds": 0.4, "attempt": 1}
            ledger.host(lease, host, {"status": "done", **row})
        if fails and index == FAILED_STEP:
            ledger.failed(lease, FAILURE, None)
            return
        if observation and index == len(steps) - 1:
            ledger.observe(lease, observation)
        ledger.done(lease, {}, step.get("writes", ()))


def _observation(
    members: list[str], workers: list[str], addresses: Mapping[str, str]
) -> dict[str, Any]:
    """Return how a healthy cluster is seen."""
    nodes: list[dict[str, Any]] = [
        {
            "host": name,
            "name": name,
            "address": addresses[name],
            "role": "control-plane" if name in members else "worker",
            "ready": True,
            "schedulable": True,
            "version": VERSION,
            "labels": {},
            "taints": [],
        }
        for name in (*members, *workers)
    ]
    rows = [
        {
            "host": name,
            "address": f"{addresses[name]}:19001",
            "id": str(place),
            "role": "voter",
            "alive": True,
            "leader": place == 1,
        }
        for place, name in enumerate(members, start=1)
    ]
    leader = f"{addresses[members[0]]}:19001"
    seen = {"members": rows, "nodes": nodes, "leader": leader}
    return seen | {"seen_by": members[:2], "findings": []}
