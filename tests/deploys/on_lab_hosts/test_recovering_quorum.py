"""A datastore that lost its quorum: stopped, copied, compared, reconfigured, and led again."""

from collections.abc import Iterator

import pytest
from steps import StepFailed, Steps

from lab import Lab

LEFT, LOST = ["n1", "n4"], ["n2", "n3"]
LOOK = {"lost": LOST, "survivors": LEFT}
NO_PYTHON = "printf '#!/bin/sh\\nexit 127\\n' >{0}; chmod 755 {0}".format("/usr/local/sbin/python3")
COPIES = "find /var/lib/clusterwright/recovery -name '*.tar.gz' -perm 600 2>/dev/null"
RUNNING = "snap services microk8s | grep -c ' active'"


@pytest.fixture
def cluster(steps: Steps, lab: Lab) -> Iterator[Steps]:
    """Four control plane nodes, of which n4 has no vote."""
    steps.kill()  # the process keeps what earlier tests noted of the same step
    steps.apply("install_microk8s", hosts=["n1", "n2", "n3", "n4"], channel="1.32/stable")
    for members, host in enumerate(("n2", "n3", "n4"), start=2):
        steps.apply("join_control_plane", seed="n1", host=host, expected_members=members)
    yield steps
    lab.heal()


def test_two_of_three_voters_are_lost_and_the_last_one_and_a_stand_by_go_on_without_them(
    lab: Lab, cluster: Steps
) -> None:
    with pytest.raises(StepFailed) as alive:
        cluster.apply("confirm_loss", **LOOK)
    for host in LOST:
        lab.kill(host)
    lab.exec("n4", NO_PYTHON)
    with pytest.raises(StepFailed) as unreadable:
        cluster.apply("confirm_loss", **LOOK)
    lab.exec("n4", "rm /usr/local/sbin/python3")
    cluster.apply("confirm_loss", **LOOK)

    cluster.apply("stop_members", hosts=LEFT)
    kept = cluster.apply("keep_backends", hosts=LEFT)["copies"]
    again = cluster.apply("keep_backends", hosts=LEFT)["copies"]
    chosen = cluster.apply("choose_log", hosts=LEFT)
    stopped = [lab.exec(host, RUNNING).stdout.strip() for host in LEFT]
    for _ in range(2):  # whoever is killed in its middle does it again
        cluster.apply("reconfigure_datastore", hosts=LEFT, choose_log=chosen)
    cluster.apply("start_members", hosts=LEFT)
    seen = cluster.apply("await_leader", seed="n1", look_seconds=60)["observation"]

    assert alive.value.kind == "Permanent"
    assert "cannot take n2, n3 for lost" in alive.value.message
    assert unreadable.value.kind == "Permanent"
    assert "cannot recover quorum with n4: there is no python3" in unreadable.value.message
    assert stopped == ["0", "0"]
    assert kept == again
    assert all(lab.exec(h, COPIES).stdout.split() == [kept[h]["place"]] for h in LEFT)
    assert all(kept[host]["files"] > 3 for host in LEFT)
    assert chosen["evidence"].endswith(f"{chosen['chosen']} is taken")
    assert min(int(row["index"]) for row in chosen["logs"].values()) > 0
    assert sorted(row["host"] for row in seen["members"]) == LEFT
    assert all(row["alive"] for row in seen["members"])
    assert {row["host"] for row in seen["nodes"]} == {"n1", "n2", "n3", "n4"}
    assert lab.exec("n4", "ls /var/lib/clusterwright/backups 2>/dev/null").stdout == ""
