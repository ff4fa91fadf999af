"""Preparing real hosts: repeated, interrupted, undone to the byte."""

import pytest
from steps import StepFailed, Steps

from lab import Lab

HOSTS = ["n1", "n2", "n3"]
ROLES = {"n1": "control-plane", "n2": "control-plane", "n3": "worker"}
KEYS = ("fs.aio-max-nr", "fs.inotify.max_user_instances", "fs.inotify.max_user_watches")
STATE = (
    "cat /etc/hosts; ls /etc/sysctl.d /etc/modules-load.d /var/lib/clusterwright 2>&1; "
    f"sysctl -n {' '.join(KEYS)}; ufw status; timedatectl show -p NTP"
)


def prepare(steps: Steps) -> None:
    steps.apply("prepare_hosts", hosts=HOSTS, roles=ROLES)


def take_back(steps: Steps) -> None:
    steps.undo("prepare_hosts", hosts=HOSTS, roles=ROLES)


def state(lab: Lab) -> dict[str, str]:
    return {host: lab.exec(host, STATE).stdout for host in HOSTS}


def test_names_lead_to_node_addresses_and_settings_are_live(lab: Lab, steps: Steps) -> None:
    prepare(steps)

    for host in HOSTS:
        found = lab.exec(
            host, "getent ahostsv4 n1 n2 n3 | awk '$2 == \"STREAM\" {print $1}'"
        ).stdout
        assert [a for a in found.split() if not a.startswith("127.")] == [
            "10.79.0.11",
            "10.79.0.12",
            "10.79.0.13",
        ]
        values = lab.exec(host, f"sysctl -n {' '.join(KEYS)}").stdout.split()
        assert values == ["1048576", "1024", "1048576"]
        modules = lab.exec(host, "cat /etc/modules-load.d/clusterwright.conf").stdout.split()
        assert modules == ["br_netfilter", "overlay", "nf_conntrack", "vxlan"]


def test_preparing_twice_changes_nothing_the_second_time(lab: Lab, steps: Steps) -> None:
    prepare(steps)
    before = state(lab)

    prepare(steps)

    assert state(lab) == before


def test_undo_leaves_a_host_as_it_was_also_when_repeated(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "timedatectl set-ntp false; sysctl -q -w fs.inotify.max_user_instances=4096")
    before = state(lab)
    prepare(steps)
    assert "4096" in lab.exec("n1", "cat /etc/sysctl.d/90-clusterwright.conf").stdout

    for _ in range(2):
        take_back(steps)

        assert state(lab) == before


def test_hosts_that_come_later_are_added_to_those_known(lab: Lab, steps: Steps) -> None:
    steps.apply("prepare_hosts", hosts=["n1"], roles={"n1": "control-plane", "n2": "worker"})

    steps.apply("prepare_hosts", hosts=["n1"], roles={"n1": "control-plane", "n3": "worker"})

    block = lab.exec("n1", "sed -n '/BEGIN cluster/,/END cluster/p' /etc/hosts").stdout
    assert block.splitlines()[1:-1] == ["10.79.0.11 n1", "10.79.0.13 n3", "10.79.0.12 n2"]


def test_an_active_ufw_lets_nodes_through_and_keeps_its_own_rules(lab: Lab, steps: Steps) -> None:
    lab.exec("n2", "ufw allow 22/tcp; ufw allow 25000/tcp; ufw --force enable")
    found = steps.apply("preflight", roles=ROLES, policy="standard")
    assert {row["code"] for row in found["findings"]} == {"port-behind-ufw"}

    prepare(steps)

    assert steps.apply("preflight", roles=ROLES, policy="standard")["findings"] == []
    take_back(steps)
    rules = lab.exec("n2", "ufw status | grep ALLOW | cut -d' ' -f1").stdout.split()
    assert rules == ["22/tcp", "25000/tcp"]


def test_a_port_that_the_host_denies_is_named_and_not_opened(lab: Lab, steps: Steps) -> None:
    lab.exec("n2", "ufw allow 22/tcp; ufw deny 16443/tcp; ufw --force enable")
    before = lab.exec("n2", "ufw status").stdout

    with pytest.raises(StepFailed) as caught:
        prepare(steps)

    assert caught.value.kind == "Permanent"
    assert "n2: cannot allow 16443/tcp in ufw: a rule of the host denies" in caught.value.message
    take_back(steps)
    assert lab.exec("n2", "ufw status").stdout == before


def test_undo_does_not_need_a_firewall_that_is_gone(lab: Lab, steps: Steps) -> None:
    lab.exec("n2", "ufw allow 22/tcp; ufw --force enable")
    prepare(steps)
    lab.exec("n2", "ufw disable; rm /usr/local/bin/ufw")

    take_back(steps)

    assert "BEGIN clusterwright" not in lab.exec("n2", "cat /etc/hosts").stdout


@pytest.mark.slow
def test_a_port_still_closed_behind_ufw_is_told(lab: Lab, steps: Steps) -> None:
    lab.exec("n2", "ufw allow 22/tcp; ufw --force enable")
    lab.partition("n1", "n2")

    with pytest.raises(StepFailed) as caught:
        prepare(steps)

    assert caught.value.kind == "Transient"
    assert "cannot reach n" in caught.value.message


def test_a_full_disk_fails_clearly_without_harm_to_its_neighbours(lab: Lab, steps: Steps) -> None:
    hosts_file = lab.exec("n3", "cat /etc/hosts").stdout
    lab.fill_disk("n3")

    with pytest.raises(StepFailed) as caught:
        prepare(steps)

    lab.free_disk("n3")
    assert [failure["host"] for failure in caught.value.answer["error"]["failures"]] == ["n3"]
    assert "disk full" in caught.value.message
    assert lab.exec("n3", "cat /etc/hosts").stdout == hosts_file
    assert "BEGIN clusterwright" in lab.exec("n1", "cat /etc/hosts").stdout


def test_an_interrupted_preparation_is_finished_and_undone_as_if_it_had_not_been(
    lab: Lab, steps: Steps
) -> None:
    before = state(lab)
    lab.exec(
        "n1",
        "printf '#!/bin/sh\\nkill -9 $PPID' >/usr/local/bin/getent; chmod +x /usr/local/bin/getent",
    )
    with pytest.raises(StepFailed):
        prepare(steps)
    lab.exec("n1", "rm /usr/local/bin/getent")

    prepare(steps)
    take_back(steps)

    assert state(lab) == before


def test_time_synchronisation_that_cannot_be_had_is_told_and_not_undone(
    lab: Lab, steps: Steps
) -> None:
    lab.exec(
        "n1",
        "timedatectl set-ntp false; printf '#!/bin/sh\\n"
        '[ "$1" = show ] && echo no || exit 1\' >/usr/local/bin/timedatectl',
    )

    prepare(steps)

    assert ["n1", "done", "", "prepared; time synchronisation is not available"] in (
        steps.last["reports"]
    )
    take_back(steps)


def test_a_host_that_is_still_a_node_keeps_its_preparation(lab: Lab, steps: Steps) -> None:
    prepare(steps)
    lab.exec(
        "n1",
        "mkdir -p /var/snap/microk8s/current/var/lock; "
        "touch /var/snap/microk8s/current/var/lock/no-cert-reissue",
    )

    take_back(steps)

    assert "BEGIN clusterwright" in lab.exec("n1", "cat /etc/hosts").stdout
    assert "BEGIN clusterwright" not in lab.exec("n2", "cat /etc/hosts").stdout
    assert ["n1", "done", "", "kept: still a control-plane node"] in steps.last["reports"]
