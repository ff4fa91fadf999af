"""Every kind of change, by registry: each step broken and undone, each step repeated."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from dead_hosts import die, loses_quorum, running
from kind_worlds import example
from polling import within
from s3_server import s3_server, write_credentials
from saved_worlds import SavedWorlds
from shelved import put

from cluster.allowed_networks import AllowedNetworks
from cluster.spec import Host
from deploy_scripts.backups.shelf import Shelf
from lab import Lab
from lab.spec import OUTSIDE_NETWORKS
from workflows.inventory import Inventory
from workflows.jobs import Job
from workflows.kinds import KINDS
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.planner import normalised
from workflows.reach import Reach
from workflows.submit import submit

PROCESS = Path(__file__).parent / "engine_process.py"
SECONDS = 500
SEEN = """
snap list 2>&1
ls /snap /var/snap /var/lib/clusterwright /etc/sysctl.d /etc/modules-load.d 2>&1
cat /etc/hosts /etc/sysctl.d/* /etc/modules-load.d/* 2>/dev/null
"""


def steps_of(kind):
    """Return the steps of a kind's example."""
    return example(KINDS[kind]).steps


EMULATED = {"recover-quorum"}
"""Kinds that are about the datastore's own files: each case has one with an emulated dqlite too."""
DQLITES = [("auto", kind) for kind in KINDS] + [("emulated", kind) for kind in sorted(EMULATED)]


def named(dqlite, *words):
    """Return a case's name, which tells of the dqlite where it is not the one that is there."""
    return "-".join(map(str, (*words, *(() if dqlite == "auto" else (dqlite,)))))


CASES = [
    pytest.param(dqlite, kind, index, id=named(dqlite, kind, index, step.name))
    for dqlite, kind in DQLITES
    for index, step in enumerate(steps_of(kind))
]
LARGE_WORLD = 1
"""Nodes of a given cluster beyond which forming it first takes too long for every run."""


def world_of(kind):
    """Mark a kind whose example starts from a large cluster, or after another's, as slow."""
    rows = KINDS[kind].given.values()
    nodes = sum(len(row.get(role, ())) for row in rows for role in ("control_plane", "workers"))
    is_slow = nodes > LARGE_WORLD or KINDS[kind].follows
    return (pytest.mark.slow,) if is_slow else ()


ONCE = [
    pytest.param(dqlite, kind, id=named(dqlite, kind), marks=world_of(kind))
    for dqlite, kind in DQLITES
]
LAST = [
    pytest.param(
        dqlite, kind, len(steps_of(kind)) - 1, id=named(dqlite, kind), marks=world_of(kind)
    )
    for dqlite, kind in DQLITES
]
"""Of each kind, the step with all others before it."""


@pytest.fixture(scope="module")
def kinds_lab(request):
    with Lab.up(4, name=f"kinds-{os.getpid()}", dqlite=request.param) as lab:
        yield lab


@pytest.fixture(scope="module")
def worlds(kinds_lab):
    return SavedWorlds(kinds_lab)


@pytest.fixture
def lab(kinds_lab):
    kinds_lab.reset()
    return kinds_lab


@pytest.fixture
def ledger(redis, settings, lab):
    settings.keys_dir.mkdir(parents=True)
    key = settings.keys_dir / "lab"
    key.write_bytes(Path(lab.key_file).read_bytes())
    key.chmod(0o600)
    inventory = Inventory(redis, Reach(AllowedNetworks.read(",".join(OUTSIDE_NETWORKS))))
    for row in lab.inventory():
        inventory.put_host(Host(**row, ssh_key="lab", zone="a"))
    return Ledger(redis)


def seen(lab):
    return {
        f"{name}: {line}"
        for name in running(lab)
        for line in lab.exec(name, SEEN).stdout.splitlines()
    }


def carry_out(ledger, settings, change, how, index) -> Job:
    job = submit(ledger, Inventory(ledger.redis), change).job
    environment = os.environ | {
        "CLUSTERWRIGHT_ALLOWED_NETWORKS": ",".join(OUTSIDE_NETWORKS),
        "REDIS_URL": settings.redis_url,
        "CLUSTERWRIGHT_DATA": str(settings.data_dir),
    }
    ran = subprocess.run(
        [sys.executable, PROCESS, job.id, how, str(index)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        cwd=PROCESS.parent.parent.parent,
    )
    assert ran.returncode == 0, ran.stderr
    return ledger.job(job.id)


@pytest.fixture
def bucket(settings, monkeypatch):
    """Return a function that names a bucket, after a backup was taken that has no copy there."""
    with s3_server() as served:

        def name():
            put(Shelf(settings.data_dir), "prod", time.time())
            write_credentials(settings.data_dir)
            for setting, text in served.environment().items():
                monkeypatch.setenv(setting, text)

        yield name


@pytest.fixture
def world(worlds, ledger, settings, lab, bucket):
    """Has the clusters that a kind's example starts from, with the hosts dead that are to be."""

    def enter(kind):
        given, dead = KINDS[kind].given, KINDS[kind].dead
        worlds.enter(given, settings.redis_url, lambda: form(ledger, settings, given))
        for host in dead:
            die(lab, host, seen_by=first_alive(given, dead))
        if dead:  # in the record they are as they were, and one may have led the datastore
            led = not loses_quorum(KINDS[kind])
            within(lambda: look_is_led(ledger, settings) is led, "what those that live know")
        for former in KINDS[kind].follows:
            job = carry_out(ledger, settings, example_of(former), "plain", -1)
            assert job.status == "succeeded", json.dumps(job.error, indent=1)
        for name in given if KINDS[kind].is_forgotten else ():
            forget(ledger, settings, name)
        if kind == "copy-backups":
            bucket()

    return enter


def forget(ledger, settings, name):
    """Take the record of a cluster away; its hosts stay as they are."""
    change = Change(name, "destroy-cluster", {"confirm": name, "forget": True})
    job = carry_out(ledger, settings, change, "plain", -1)
    assert job.status == "succeeded", json.dumps(job.error, indent=1)


def look_is_led(ledger, settings):
    """Look at the cluster; return whether its datastore has a leader."""
    carry_out(ledger, settings, Change("prod", "verify", {}), "plain", -1)
    return Inventory(ledger.redis).cluster("prod").observation.has_leader


def first_alive(given, dead):
    """Return a control plane node of the given cluster that lives."""
    return next(name for name in given["prod"]["control_plane"] if name not in dead)


def form(ledger, settings, given):
    for name, params in given.items():
        wanted = normalised(KINDS["create-cluster"], params)
        job = carry_out(ledger, settings, Change(name, "create-cluster", wanted), "plain", -1)
        assert job.status == "succeeded", json.dumps(job.error, indent=1)


def example_of(kind, on_failure="stop"):
    params = normalised(KINDS[kind], KINDS[kind].example)
    return Change("prod", kind, params, on_failure=on_failure)


@pytest.fixture(autouse=True)
def _submit_publishes_to_the_test_server(settings, monkeypatch):
    monkeypatch.setenv("REDIS_URL", settings.redis_url)


@pytest.mark.parametrize(("kinds_lab", "kind", "index"), LAST, indirect=["kinds_lab"])
def test_a_last_step_that_fails_after_its_work_is_undone_with_all_before_it(
    kind, index, world, ledger, settings, lab
):
    world(kind)
    undone(kind, index, ledger, settings, lab)


@pytest.mark.slow
@pytest.mark.parametrize(("kinds_lab", "kind", "index"), CASES, indirect=["kinds_lab"])
def test_a_step_that_fails_after_its_work_is_undone_with_all_before_it(
    kind, index, world, ledger, settings, lab
):
    world(kind)
    undone(kind, index, ledger, settings, lab)


def undone(kind, index, ledger, settings, lab):
    inventory = Inventory(ledger.redis)
    before, known = seen(lab), [lasting(row) for row in inventory.clusters()]

    job = carry_out(ledger, settings, example_of(kind, "rollback"), "broken", index)

    if any(step.is_final for step in job.steps[: index + 1]):
        assert job.status == "failed"  # there is no way back: it is retried
        assert "rollback" not in job.can
        return
    assert job.status == "rolled-back", json.dumps(job.error, indent=1)
    assert seen(lab) == before
    assert [lasting(row) for row in inventory.clusters()] == known
    assert not any(host.reserved_by for host in inventory.hosts())


def lasting(cluster):
    """Return a cluster's record without what counts its writes or tells when it was seen."""
    return replace(cluster, revision=0, observation=None)


@pytest.mark.slow
@pytest.mark.parametrize(("kinds_lab", "kind"), ONCE, indirect=["kinds_lab"])
def test_all_steps_done_twice_do_no_harm(kind, world, ledger, settings):
    world(kind)
    done_twice(kind, "every", ledger, settings)


@pytest.mark.slow
@pytest.mark.parametrize(("kinds_lab", "kind", "index"), CASES, indirect=["kinds_lab"])
def test_a_step_that_is_done_twice_does_no_harm(kind, index, world, ledger, settings):
    world(kind)
    done_twice(kind, index, ledger, settings)


def done_twice(kind, index, ledger, settings):
    job = carry_out(ledger, settings, example_of(kind), "repeated", index)

    assert job.status == "succeeded", json.dumps(job.error, indent=1)
    expected = job.plan["quorum_after"]
    if job.quorum_now and expected:
        assert job.quorum_now["voters_alive"] == expected["voters"]
