"""Data of version 0.1: carried over once, or refused with what to do."""

import json

import pytest

from cluster.spec import Host, Phase
from deploy_scripts.fleet.redaction import redact
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.migration import SCHEMA, CannotMigrate, migrate

KEY = "ssh-ed25519 " + "A" * 68
TAINT = "gpu=yes:NoSchedule"
ID = "2830833e670448558e23192e936ebb4f"
STEPS = [
    {"name": "install_microk8s", "title": "Install", "hosts": ["n1", "n2"], "args": {}},
    {
        "name": "label_nodes",
        "title": "Label",
        "hosts": ["n1"],
        "args": {"labels": {"n1": {"disk": "ssd"}}, "taints": {"n1": [TAINT]}},
    },
]


@pytest.fixture
def left(redis):
    """Return what writes a cluster and its job as 0.1 left them."""
    for name in ("n1", "n2"):
        Inventory(redis).put_host(Host(name, "10.0.0.1", KEY))

    def write(status, *, formed):
        spec = {
            "name": "prod",
            "environment": "staging",
            "topology": "single",
            "channel": "1.32/stable",
            "control_plane": ["n1"],
            "workers": ["n2"],
        }
        row = {"spec": json.dumps(spec), "formed": "1" if formed else "0"}
        redis.hset("cw:cluster:prod", mapping=row)
        redis.sadd("cw:clusters", "prod")
        plan = {"digest": "d", "findings": [], "quorum_before": None, "quorum_after": None}
        job = {
            "id": "j1",
            "cluster": "prod",
            "kind": "create-cluster",
            "params": json.dumps({"addons": ["dns"]}),
            "plan": json.dumps(plan | {"steps": STEPS}),
            "digest": "j1",
            "reason": "",
            "on_failure": "stop",
            "accept": "[]",
            "reserves": json.dumps(["n1", "n2"]),
            "took": json.dumps(["n1", "n2"]),
            "made_cluster": "1",
            "site": "default",
            "steps": len(STEPS),
            "status": status,
            "direction": "apply",
            "epoch": 1,
            "seq": 0,
            "created": 1000,
        }
        redis.hset("cw:job:j1", mapping=job)
        redis.zadd("cw:jobs", {"j1": 1000})
        for index, step in enumerate(STEPS):
            fields = {"name": step["name"], "status": "done", "attempt": 1}
            redis.hset(f"cw:job:j1:step:{index}", mapping=fields)
        for name in ("n1", "n2"):
            redis.hset(f"cw:host:{name}", "cluster", "prod")

    return write


def test_a_formed_cluster_is_carried_over_with_its_nodes_marks_and_addons(redis, left):
    left("succeeded", formed=True)

    assert migrate(redis) == 1

    found = Inventory(redis).cluster("prod")
    assert (found.control_plane, found.workers, found.phase) == (("n1",), ("n2",), Phase.FORMED)
    assert (found.nodes["n1"].labels, found.nodes["n1"].taints) == ({"disk": "ssd"}, (TAINT,))
    assert (found.addons, found.channel, found.revision) == (("dns",), "1.32/stable", 1)
    assert Ledger(redis).job("j1").status == "succeeded"
    [of_kind] = Ledger(redis).jobs_of_kind("prod", "create-cluster", limit=2)
    assert of_kind.id == "j1"
    for filters in ({"cluster": "prod"}, {"status": "succeeded"}):
        assert [job.id for job in Ledger(redis).jobs(**filters)] == ["j1"]


def test_a_create_that_rests_can_still_be_rolled_back_and_frees_its_hosts(redis, left):
    left("cancelled", formed=False)
    for index in range(len(STEPS)):
        redis.hset(f"cw:job:j1:step:{index}", mapping={"status": "pending", "attempt": 0})
    migrate(redis)

    assert Ledger(redis).job("j1").can == ["retry", "rollback"]
    assert Ledger(redis).rollback("j1").status == "rolled-back"

    assert [host.cluster for host in Inventory(redis).hosts()] == ["", ""]
    assert Inventory(redis).clusters() == ()


def test_jobs_that_are_at_work_are_named_and_nothing_is_changed(redis, left):
    left("running", formed=False)
    before = redis.hgetall("cw:cluster:prod")

    with pytest.raises(CannotMigrate) as refused:
        migrate(redis)

    said = redact(str(refused.value))  # as logs tell it
    assert "jobs of version 0.1 are not finished: 1 (j1 of cluster prod)" in said

    assert redis.hgetall("cw:cluster:prod") == before
    assert redis.get(SCHEMA) is None


def test_a_log_names_jobs_that_are_at_work_by_the_beginnings_of_their_ids(redis, left):
    left("running", formed=False)
    redis.rename("cw:job:j1", f"cw:job:{ID}")
    redis.zadd("cw:jobs", {ID: 1})

    with pytest.raises(CannotMigrate) as refused:
        migrate(redis)

    assert f"({ID[:12]} of cluster prod)" in redact(str(refused.value))


def test_what_was_carried_over_is_not_looked_at_again(redis, left):
    left("succeeded", formed=True)
    migrate(redis)
    first = redis.hgetall("cw:cluster:prod")

    assert migrate(redis) == 0
    assert redis.hgetall("cw:cluster:prod") == first


def test_an_empty_redis_is_of_this_version_from_the_start(redis):
    assert migrate(redis) == 0
    assert redis.get(SCHEMA) == "2"


def test_data_of_a_later_version_is_not_touched(redis):
    redis.set(SCHEMA, "3")

    with pytest.raises(CannotMigrate, match="laid out as version 3"):
        migrate(redis)
