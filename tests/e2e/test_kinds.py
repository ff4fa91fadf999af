"""Every kind of change, by registry: each step broken and undone, each step repeated."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster.allowed_networks import AllowedNetworks
from cluster.spec import Host
from lab import Lab
from lab.spec import OUTSIDE_NETWORKS
from workflows.inventory import Inventory
from workflows.jobs import Job
from workflows.kinds import KINDS
from workflows.ledger import Ledger
from workflows.plan import Change, Scope
from workflows.planner import planned
from workflows.reach import Reach
from workflows.submit import submit

PROCESS = Path(__file__).parent / "engine_process.py"
SECONDS = 170
SEEN = """
snap list 2>&1
ls /snap /var/snap /var/lib/clusterwright /etc/sysctl.d /etc/modules-load.d 2>&1
cat /etc/hosts /etc/sysctl.d/* /etc/modules-load.d/* 2>/dev/null
"""


def steps_of(kind):
    """Return the number of steps of a kind's example, planned without any host."""
    params = KINDS[kind].schema().load(KINDS[kind].example)
    known = {
        name: Host(name, f"10.0.0.{place}", "ssh-ed25519 AAAA", zone="a")
        for place, name in enumerate(params.nodes, start=1)
    }

    change = Change("prod", kind, KINDS[kind].example)
    return planned(KINDS[kind], change, Scope("prod", None, known)).steps


CASES = [
    pytest.param(kind, index, id=f"{kind}-{index}-{step.name}")
    for kind in KINDS
    for index, step in enumerate(steps_of(kind))
]
LAST = [pytest.param(kind, len(steps_of(kind)) - 1, id=kind) for kind in KINDS]


@pytest.fixture(scope="module")
def kinds_lab():
    with Lab.up(4, name=f"kinds-{os.getpid()}") as lab:
        yield lab


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
    return {host.name: lab.exec(host.name, SEEN).stdout for host in lab.hosts}


def carry_out(ledger, settings, kind, how, index, on_failure) -> Job:
    change = Change("prod", kind, KINDS[kind].example, on_failure=on_failure)
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


@pytest.fixture(autouse=True)
def _submit_publishes_to_the_test_server(settings, monkeypatch):
    monkeypatch.setenv("REDIS_URL", settings.redis_url)


@pytest.mark.parametrize(("kind", "index"), LAST)
def test_a_last_step_that_fails_after_its_work_is_undone_with_all_before_it(
    kind, index, ledger, settings, lab
):
    undone(kind, index, ledger, settings, lab)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "index"), CASES)
def test_a_step_that_fails_after_its_work_is_undone_with_all_before_it(
    kind, index, ledger, settings, lab
):
    undone(kind, index, ledger, settings, lab)


def undone(kind, index, ledger, settings, lab):
    before = seen(lab)

    job = carry_out(ledger, settings, kind, "broken", index, "rollback")

    assert job.status == "rolled-back", json.dumps(job.error, indent=1)
    assert seen(lab) == before
    assert Inventory(ledger.redis).clusters() == ()


@pytest.mark.parametrize("kind", KINDS)
def test_all_steps_done_twice_do_no_harm(kind, ledger, settings):
    done_twice(kind, "every", ledger, settings)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "index"), CASES)
def test_a_step_that_is_done_twice_does_no_harm(kind, index, ledger, settings):
    done_twice(kind, index, ledger, settings)


def done_twice(kind, index, ledger, settings):
    job = carry_out(ledger, settings, kind, "repeated", index, "stop")

    assert job.status == "succeeded", json.dumps(job.error, indent=1)
    assert job.quorum_now["voters_alive"] == job.plan["quorum_after"]["voters"]
