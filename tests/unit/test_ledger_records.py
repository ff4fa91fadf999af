"""A cluster's record on a real server: steps write it, hosts are reserved and owned."""

import pytest
from ledger_records import add, claim

from cluster.spec import Host
from workflows.inventory import ClusterNotFound, Inventory
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import HostTaken, Overtaken
from workflows.states import JobEvent

KEY = "ssh-ed25519 " + "A" * 68
NODE = {"role": "worker", "channel": "1.32/stable", "labels": {}, "taints": []}
FORGET = {"do": "forget"}
ERROR = {"message": "cannot", "advice": "", "failures": [], "findings": []}

TRACE = "7" * 32


def set_node(host, **more):
    return {"do": "set-node", "host": host, "node": NODE | more}


@pytest.fixture
def inventory(redis):
    inventory = Inventory(redis)
    for name in ("n1", "n2", "n3"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
    return inventory


@pytest.fixture
def ledger(redis, inventory):
    ledger = Ledger(redis)
    add(ledger, "first", steps=1)
    done(ledger, "first", [set_node("n1"), {"do": "set-phase", "phase": "formed"}])
    return ledger


def done(ledger, job, writes=(), *, index=0):
    lease, answer = claim(ledger, index, job=job, epoch=ledger.job(job).epoch)
    assert answer in {"run", "undo"}
    assert ledger.done(lease, {}, writes)


def fail(ledger, job, index=0):
    lease, answer = claim(ledger, index, job=job)
    assert answer == "run"
    assert ledger.failed(lease, ERROR, None)


def change(ledger, job, **more):
    """Add a job of the formed cluster that takes no host."""
    add(ledger, job, **{"founds": "", "reserves": "[]", "coming": "{}"} | more)


def owners(inventory):
    return {host.name: (host.cluster, host.reserved_by) for host in inventory.hosts()}


def test_a_node_owns_its_host_and_a_job_reserves_one(ledger, inventory):
    add(ledger, "adds", hosts=("n2",), founds="")

    assert owners(inventory) == {"n1": ("prod", ""), "n2": ("prod", "adds"), "n3": ("", "")}
    assert list(inventory.cluster("prod").coming) == ["n2"]


def test_an_undone_step_puts_back_what_its_writes_replaced(ledger, inventory):
    before = inventory.cluster("prod")
    change(ledger, "labels")
    done(ledger, "labels", [set_node("n1", labels={"a": "b"}), {"do": "set-addons", "addons": []}])
    assert inventory.cluster("prod").nodes["n1"].labels == {"a": "b"}
    fail(ledger, "labels", 1)

    ledger.rollback("labels")
    done(ledger, "labels", index=1)
    done(ledger, "labels")

    after = inventory.cluster("prod")
    assert (after.nodes, after.addons) == (before.nodes, before.addons)
    assert after.revision == before.revision + 2  # the write and its taking back


def test_a_job_that_another_has_overtaken_neither_goes_on_nor_back(ledger):
    change(ledger, "old")
    fail(ledger, "old")
    change(ledger, "new", steps=1)
    done(ledger, "new", [set_node("n1", labels={"a": "b"})])

    for verb in (ledger.retry, ledger.rollback):
        with pytest.raises(Overtaken, match="job new has changed cluster prod since"):
            verb("old")


def test_a_host_that_a_job_reserves_goes_to_the_next_only_once_that_is_overtaken(ledger):
    add(ledger, "old", hosts=("n2",), founds="")
    fail(ledger, "old")
    with pytest.raises(HostTaken, match="job old"):
        add(ledger, "early", hosts=("n2",), founds="")
    change(ledger, "between", steps=1)
    done(ledger, "between", [set_node("n1", labels={"a": "b"})])

    add(ledger, "next", hosts=("n2",), founds="")

    assert ledger.job("next").status == "running"


def test_hosts_that_jobs_reserved_are_free_once_their_cluster_is_gone(ledger, inventory):
    add(ledger, "adds", hosts=("n2",), founds="")
    fail(ledger, "adds")
    add(ledger, "drops", founds="", reserves="[]", coming="{}", steps=2)
    done(ledger, "drops", [{"do": "drop-node", "host": "n1"}])
    fail(ledger, "drops", 1)

    change(ledger, "forgets", steps=1)
    done(ledger, "forgets", [FORGET])

    assert set(owners(inventory).values()) == {("", "")}
    with pytest.raises(ClusterNotFound):
        inventory.cluster("prod")


def test_a_job_whose_plan_is_refused_at_its_turn_frees_its_hosts_and_may_be_retried(
    ledger, inventory
):
    change(ledger, "before", steps=1)
    add(ledger, "behind", hosts=("n2",), founds="")
    done(ledger, "before", [set_node("n1", labels={"a": "b"})])
    assert claim(ledger, 0, job="behind")[1] == "moved"

    read = {"basis": ledger.revision("prod"), "seq": ledger.job("behind").seq}
    assert ledger.unplanned("behind", 1, read, JobEvent.FAILED, ERROR)

    assert owners(inventory)["n2"] == ("", "")
    assert ledger.retry("behind").status == "running"
    assert owners(inventory)["n2"] == ("prod", "behind")


def test_the_first_event_says_who_asked_and_what_was_accepted(ledger):
    change(ledger, "asked", requested_by="t1", via="token", trace_id=TRACE, accept='["one-zone"]')

    (accepted, *_) = ledger.events("asked")
    assert accepted.data == {
        "requested_by": "t1",
        "via": "token",
        "trace_id": TRACE,
        "accept": ["one-zone"],
    }


def test_the_record_tells_when_its_addons_were_last_written_also_when_they_are_put_back(
    ledger, inventory
):
    before = inventory.cluster("prod").addons_at
    change(ledger, "second")
    done(ledger, "second", [{"do": "set-addons", "addons": ["rbac"]}])
    written = inventory.cluster("prod").addons_at
    fail(ledger, "second", 1)
    ledger.rollback("second")
    done(ledger, "second", index=1)
    done(ledger, "second")
    put_back = inventory.cluster("prod")

    assert before < written < put_back.addons_at
    assert put_back.addons == ()


def test_the_record_tells_when_a_node_was_last_written_and_other_writes_do_not_count(
    ledger, inventory
):
    before = inventory.cluster("prod").marked_at
    change(ledger, "second", steps=1)
    done(ledger, "second", [{"do": "set-addons", "addons": ["rbac"]}])
    same = inventory.cluster("prod").marked_at
    change(ledger, "third", steps=1)
    done(ledger, "third", [set_node("n1", labels={"disk": "ssd"})])

    assert 0 < before == same < inventory.cluster("prod").marked_at
