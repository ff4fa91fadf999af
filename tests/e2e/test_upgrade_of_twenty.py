"""Twenty nodes are upgraded while a process that knows nothing of us watches their sockets."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from upgraded_by_hand import upgrade_by_hand

from lab import Lab

SIZE = 20
MEMBERS = [f"n{number}" for number in range(1, 6)]
WORKERS = [f"n{number}" for number in range(6, SIZE + 1)]
AT_ONCE = 5
NEW, VERSION = "1.33/stable", "v1.33.1"
DATASTORE, KUBELET = 19001, 10250
REFRESH_SECONDS = 10
"""How long each refresh takes; on real hosts it is minutes."""
MOST_TIMES = 1.3
"""So many times as long as by hand may it take."""
IDLE_LOAD = 1.0
READY_SECONDS = 120
OBSERVER = Path(__file__).parent / "port_observer.py"


@pytest.fixture
def twenty(running_stack):
    """A lab of its own, and a stack that knows its hosts."""
    with Lab.up(SIZE, name=f"twenty-{os.getpid()}") as lab:
        running_stack.forget()
        running_stack.register(lab)
        yield lab


def finished(stack, kind, params):
    answer = stack.post("prod", params, kind=kind)
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=1800)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


@contextmanager
def observed(lab):
    """Have the hosts watched; yields what fills with the hosts that are down at each moment."""
    pids = {name: row["machine_pid"] for name, row in lab.status()["hosts"].items()}
    ports = dict.fromkeys(MEMBERS, DATASTORE) | dict.fromkeys(WORKERS, KUBELET)
    wish = json.dumps({name: [pids[name], ports[name]] for name in ports})
    found = []
    with subprocess.Popen(
        [sys.executable, OBSERVER, wish],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as observer:
        try:
            yield found
        finally:
            told, _ = observer.communicate()
    found += [set(json.loads(line)["down"]) for line in told.splitlines()]


def versions(lab):
    line = "/snap/bin/microk8s kubectl get nodes --no-headers"
    rows = lab.exec(MEMBERS[0], line).stdout.splitlines()
    return {row.split()[0]: (row.split()[1], row.split()[-1]) for row in rows}


def heard(lab):
    """Return when each node's kubelet was last heard by the API server, in seconds since 1970."""
    path = "jsonpath='{range .items[*]}{.spec.holderIdentity} {.spec.renewTime}{\"\\n\"}{end}'"
    line = f"/snap/bin/microk8s kubectl get leases -n kube-node-lease -o {path}"
    rows = [row.split() for row in lab.exec(MEMBERS[0], line).stdout.splitlines()]
    return {name: datetime.fromisoformat(at).timestamp() for name, at in rows}


def await_ready(lab, since):
    """Wait until all nodes are ready and were heard of since a moment.

    Right after hosts are put back their nodes are said to be ready as they were when saved, until
    the silence of those that still boot is noticed.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        told, rows = heard(lab), versions(lab)
        are_heard = len(told) == SIZE and min(told.values()) > since
        if are_heard and {status for status, _ in rows.values()} == {"Ready"}:
            return
        assert time.monotonic() < deadline, (told, rows)
        time.sleep(0.2)


def form(stack):
    finished(stack, "create-cluster", {"control_plane": MEMBERS, "workers": WORKERS})


def slow_refreshes(lab, seconds):
    """Have each refresh take so long, most of it with the services of its node stopped."""
    fault = {"match": "snap refresh", "action": "slow", "seconds": seconds, "text": "Copy snap"}
    for host in (*MEMBERS, *WORKERS):
        lab.add_fault(host, fault)


def upgrade(stack):
    """Upgrade the cluster by a job; return how many seconds it took."""
    began = time.monotonic()
    finished(stack, "upgrade", {"channel": NEW, "max_unavailable": AT_ONCE})
    return time.monotonic() - began


@pytest.mark.slow
def test_of_twenty_nodes_no_more_are_down_at_any_moment_than_may_be(running_stack, twenty):
    form(running_stack)
    slow_refreshes(twenty, 2)

    with observed(twenty) as moments:
        upgrade(running_stack)

    assert versions(twenty) == dict.fromkeys((*MEMBERS, *WORKERS), ("Ready", VERSION))
    assert set().union(*moments) == {*MEMBERS, *WORKERS}  # the observer has seen each one down
    assert max(len(down & {*MEMBERS}) for down in moments) == 1
    assert max(len(down & {*WORKERS}) for down in moments) <= AT_ONCE
    assert not any(down & {*MEMBERS} and down & {*WORKERS} for down in moments)


@pytest.mark.slow
@pytest.mark.skipif(
    os.getloadavg()[0] > IDLE_LOAD,
    reason="others use this machine, and times mean nothing: run this file alone on an idle one",
)
def test_twenty_nodes_are_upgraded_about_as_fast_as_by_hand(running_stack, twenty):
    form(running_stack)
    twenty.save("formed")
    slow_refreshes(twenty, REFRESH_SECONDS)
    began = time.monotonic()
    upgrade_by_hand(twenty, MEMBERS, WORKERS, channel=NEW, version=VERSION, batch=AT_ONCE)
    by_hand = time.monotonic() - began
    await_ready(twenty, time.time())
    assert {version for _, version in versions(twenty).values()} == {VERSION}
    before = time.time()
    twenty.restore("formed")
    await_ready(twenty, before)
    slow_refreshes(twenty, REFRESH_SECONDS)
    finished(running_stack, "verify", {})

    took = upgrade(running_stack)

    assert took <= MOST_TIMES * by_hand, f"{took:.0f} s, and by hand {by_hand:.0f} s"
