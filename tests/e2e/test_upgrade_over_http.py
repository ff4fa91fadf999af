"""A cluster is upgraded node by node, and somebody else watches. Over HTTP, on lab hosts."""

import json
import time
from contextlib import contextmanager
from itertools import pairwise

import pytest
from stack import poll

KUBECTL = "/snap/bin/microk8s kubectl"
MEMBERS = ["n1", "n2", "n3"]
NEW = "1.33/stable"
WATCH = """
rm -f /tmp/watched /tmp/watched-enough
nohup sh -c 'while [ ! -e /tmp/watched-enough ]; do
  grep -q ":4A39 .* 0A " /proc/net/tcp && state=up || state=down
  echo "$(date +%s%N) $state"; sleep 0.05
done >/tmp/watched' >/dev/null 2>&1 &
"""
"""Notes twenty times a second whether anything listens on the datastore's port, 19001."""


def succeeded(job):
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def formed(stack):
    answer = stack.post("prod", {"control_plane": MEMBERS, "workers": ["n4"]})
    assert answer.status_code == 202, answer.text
    return succeeded(stack.finish(answer.json()["id"], seconds=500))


def upgrade(stack, **params):
    answer = stack.post("prod", {"channel": NEW, **params}, kind="upgrade")
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def nodes(lab):
    """Return version and status of each node, as Kubernetes tells them."""
    rows = lab.exec("n1", f"{KUBECTL} get nodes --no-headers").stdout.splitlines()
    return {row.split()[0]: (row.split()[-1], row.split()[1]) for row in rows}


def channels(stack):
    rows = stack.client.get("/v1/clusters/prod").json()["nodes"]
    return {name: row["channel"] for name, row in rows.items()}


def leader(stack):
    """Return the host that leads the datastore."""
    asked = stack.post("prod", {}, kind="verify")
    succeeded(stack.finish(asked.json()["id"]))
    members = stack.client.get("/v1/clusters/prod").json()["observation"]["members"]
    return next(row["host"] for row in members if row["leader"])


@contextmanager
def watched(lab):
    """Have each member watched by itself; yields what fills with when each was down."""
    down = {}
    for host in MEMBERS:
        lab.exec(host, WATCH)
    try:
        yield down
    finally:
        for host in MEMBERS:
            lab.exec(host, "touch /tmp/watched-enough")
            down[host] = intervals(lab.exec(host, "cat /tmp/watched").stdout)


def intervals(lines):
    """Return when a host was down: from the last look before to the first one after."""
    rows = [line.split() for line in lines.splitlines() if len(line.split()) == 2]
    found, begin, last = [], None, int(rows[0][0])
    for moment, state in ((int(moment), state) for moment, state in rows):
        if state == "down" and begin is None:
            begin = last
        elif state == "up" and begin is not None:
            found.append((begin, moment))
            begin = None
        last = moment
    return found if begin is None else [*found, (begin, time.time_ns())]


@pytest.mark.slow
def test_at_most_one_control_plane_node_is_down_at_any_moment_of_an_upgrade(stack, lab):
    formed(stack)
    for host in MEMBERS:
        lab.add_fault(
            host,
            {"match": "snap refresh", "action": "slow", "seconds": 2, "text": "Copy snap"},
        )
    leads = leader(stack)

    with watched(lab) as down:
        job = succeeded(stack.finish(upgrade(stack), seconds=400))

    assert all(len(moments) >= 1 for moments in down.values()), down
    times = sorted(moment for moments in down.values() for moment in moments)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(times))
    order = [list(step["hosts"]) for step in job["steps"] if step["name"] == "refresh_microk8s"]
    assert sorted(host for hosts in order[:3] for host in hosts) == MEMBERS
    assert order[2:] == [[leads], ["n4"]]
    assert nodes(lab) == dict.fromkeys([*MEMBERS, "n4"], ("v1.33.1", "Ready"))
    assert set(channels(stack).values()) == {NEW}
    assert job["quorum"]["now"]["voters_alive"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["retry", "rollback"])
def test_an_upgrade_stops_at_the_first_node_that_fails_and_goes_on_or_back(stack, lab, verb):
    formed(stack)
    lab.add_fault("n4", {"match": "snap refresh", "action": "hook-failure"})

    failed = stack.finish(upgrade(stack), seconds=400)
    stopped, recorded = nodes(lab), channels(stack)
    lab.clear_fault("n4")
    stack.client.post(f"/v1/jobs/{failed['id']}/{verb}")
    ended = poll(
        lambda: (job := stack.job(failed["id"]))["status"] in ("succeeded", "rolled-back") and job,
        seconds=400,
        what=f"the {verb} to end",
    )

    assert failed["status"] == "failed"
    assert "hook" in failed["error"]["message"]
    assert stopped == dict.fromkeys(MEMBERS, ("v1.33.1", "Ready")) | {"n4": ("v1.32.3", "Ready")}
    assert recorded == dict.fromkeys(MEMBERS, NEW) | {"n4": "1.32/stable"}
    version, channel = ("v1.33.1", NEW) if verb == "retry" else ("v1.32.3", "1.32/stable")
    assert ended["status"] == ("succeeded" if verb == "retry" else "rolled-back")
    assert nodes(lab) == dict.fromkeys([*MEMBERS, "n4"], (version, "Ready"))
    assert set(channels(stack).values()) == {channel}


@pytest.mark.slow
def test_two_minors_are_two_passes_and_workers_go_together_as_many_as_may(stack, lab):
    answer = stack.post("prod", {"control_plane": ["n1"], "workers": ["n2", "n3"]})
    succeeded(stack.finish(answer.json()["id"], seconds=500))

    asked = upgrade(stack, channel="1.34/stable", max_unavailable=2)
    job = succeeded(stack.finish(asked, seconds=400))

    passes = [sorted(step["hosts"]) for step in job["steps"] if step["name"].startswith("refresh")]
    assert passes == [["n1"], ["n2", "n3"]] * 2
    assert nodes(lab) == dict.fromkeys(["n1", "n2", "n3"], ("v1.34.2", "Ready"))
    assert set(channels(stack).values()) == {"1.34/stable"}
