"""Each block of docs/how-to/drill.md runs as it is pasted, on the real API."""

import re
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from drilled import MEMBERS, carried_out, cluster_formed
from pasted_pages import printed
from serving import serving

from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "how-to" / "drill.md").read_text()
SECONDS = 60


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def seen():
    """The cluster as it is looked at: n1 leads, and all are there."""
    members = [
        SeenMember(name, f"{name}:19001", DqliteRole.VOTER, True, name == "n1") for name in MEMBERS
    ]
    nodes = [SeenNode(name, name, ready=True, schedulable=True) for name in (*MEMBERS, "n4")]
    return Observation(1.0, ("n1",), True, tuple(members), tuple(nodes), ()).as_dict()


@contextmanager
def a_celery_worker(ledger):
    """Carry out whatever job of the cluster there is, as far as tests of drills do."""
    inventory, ended = Inventory(ledger.redis), threading.Event()

    def work():
        while not ended.wait(0.05):
            for job in ledger.jobs(cluster="staging", limit=1):
                if not job.is_finished:
                    carried_out(ledger, inventory, job.id, observation=seen())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(SECONDS)


@pytest.fixture
def ledger(redis):
    ledger = Ledger(redis)
    cluster_formed(ledger, Inventory(redis), name="staging", workers=["n4"])
    return ledger


def test_each_block_of_the_page_runs_as_pasted(redis, settings, tmp_path, ledger):
    with serving(redis, settings) as api, a_celery_worker(ledger):
        first, twice, killed, monthly = (printed(each, tmp_path, api) for each in blocks("bash"))
        newest, *_ = (job.id for job in ledger.jobs(cluster="staging"))
        (reports,) = blocks("text")
        shown = printed(reports.replace("JOB", newest), tmp_path, api)

    assert "Stop MicroK8s on n4, a worker" in first
    assert first.splitlines()[-1].endswith("not passed")
    assert twice.count("succeeded") >= 2
    assert "succeeded" in killed
    asked = [job.params for job in reversed(ledger.jobs(cluster="staging")) if job.kind == "drill"]
    assert [(row["target"], row["node"], row["how"]) for row in asked] == [
        ("worker", None, "stop"),
        ("leader", None, "stop"),
        (None, "n3", "stop"),
        ("leader", None, "kill"),
    ]
    assert "monthly-drill" in monthly
    assert shown == (tmp_path / "drill.md").read_text()
