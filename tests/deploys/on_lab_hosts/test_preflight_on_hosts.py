"""Preflight on real hosts: what it finds, and that it changes nothing."""

from typing import Any

import pytest
from steps import StepFailed, Steps

from lab import Lab

ROLES = {"n1": "control-plane", "n2": "control-plane", "n3": "control-plane", "n4": "worker"}


def check(steps: Steps, roles: dict[str, str] = ROLES, **more: Any) -> list[tuple[str, str]]:
    """Run preflight; return host and code of its findings, also when it refuses."""
    try:
        findings = steps.apply("preflight", **{"roles": roles, "policy": "standard", **more})
        return codes(findings["findings"])
    except StepFailed as error:
        return codes(error.answer["error"]["findings"])


def codes(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((finding["host"] or "", finding["code"]) for finding in findings)


def refused(steps: Steps, roles: dict[str, str] = ROLES, **more: Any) -> dict[str, Any]:
    with pytest.raises(StepFailed) as caught:
        steps.apply("preflight", **{"roles": roles, "policy": "standard", **more})
    error: dict[str, Any] = caught.value.answer["error"]
    return error


def files(lab: Lab, host: str) -> str:
    """What is on a host; the lab's own ufw notes down even that it was asked for its status."""
    return lab.exec(
        host, "find /etc /var /root /home -type f ! -path '/etc/ufw/*' -exec md5sum {} + | sort"
    ).stdout


def test_fresh_hosts_are_fit_and_stay_as_they_are(lab: Lab, steps: Steps) -> None:
    before = {name: files(lab, name) for name in ROLES}

    output = steps.apply("preflight", roles=ROLES, policy="standard", accept=[])

    assert output["findings"] == []
    assert {name: row["microk8s"] for name, row in output["facts"].items()} == dict.fromkeys(
        ROLES, "not-installed"
    )
    assert output["round_trips_ms"]["n1"].keys() == {"n2", "n3", "n4"}
    assert {name: files(lab, name) for name in ROLES} == before
    assert {(host, "done", "fit") for host in ROLES} <= {
        (host, status, detail) for host, status, _, detail in steps.last["reports"]
    }


def test_all_unusable_hosts_are_told_together(lab: Lab, steps: Steps) -> None:
    lab.kill("n1")
    steps.kill()  # and with it the connections of earlier tests
    steps.targets["n2"]["host_key"] = steps.targets["n3"]["host_key"]
    steps.targets["n3"]["user"] = "nobody-there"
    lab.exec("n4", "mv /usr/local/bin/snap /root/snap")

    error = refused(steps)

    assert codes(error["findings"]) == [
        ("", "network-not-measured"),
        ("n1", "unreachable"),
        ("n2", "host-key-changed"),
        ("n3", "authentication-failed"),
        ("n4", "no-snapd"),
    ]
    assert error["type"] == "Permanent"
    assert {failure["host"] for failure in error["failures"]} == set(ROLES)
    lab.boot("n1")


def test_a_host_that_is_down_may_answer_another_time(lab: Lab, steps: Steps) -> None:
    lab.kill("n4")
    steps.kill()

    error = refused(steps)

    assert error["type"] == "Transient"
    assert [failure["host"] for failure in error["failures"]] == ["n4"]
    lab.boot("n4")


def test_a_user_without_sudo_is_refused_with_what_sudo_said(lab: Lab, steps: Steps) -> None:
    key = lab.exec("n2", "cat /root/.ssh/authorized_keys").stdout
    lab.exec(
        "n2",
        f"mkdir -p /home/ops/.ssh && echo '{key}' >/home/ops/.ssh/authorized_keys"
        " && chown -R ops:ops /home/ops && chmod 700 /home/ops/.ssh",
    )
    steps.targets["n2"]["user"] = "ops"

    error = refused(steps)

    assert codes(error["findings"]) == [("n2", "no-sudo")]
    assert "a password is required" in error["message"]


def test_a_cut_network_is_found_between_the_pair_alone(lab: Lab, steps: Steps) -> None:
    lab.partition("n1", "n2")

    error = refused(steps)

    assert codes(error["findings"]) == [("n1", "port-closed"), ("n2", "port-closed")]
    assert "override with accept: port-closed" in error["advice"]


def test_a_single_closed_port_is_named_and_may_be_accepted(lab: Lab, steps: Steps) -> None:
    lab.exec(
        "n3",
        "nft add table inet wall; "
        "nft add chain inet wall input '{ type filter hook input priority 0; }'; "
        "nft add rule inet wall input udp dport 4789 drop",
    )

    output = steps.apply("preflight", roles=ROLES, policy="standard", accept=["port-closed"])

    messages = sorted(finding["message"] for finding in output["findings"])
    assert messages == [
        f"{name} cannot reach n3 at 4789/udp (no answer)" for name in ("n1", "n2", "n4")
    ]


def test_a_wrong_clock_is_found(lab: Lab, steps: Steps) -> None:
    lab.skew_clock("n2", -7)

    try:
        assert check(steps) == [("n2", "clock-skew"), ("n2", "no-time-sync")]
    finally:
        lab.skew_clock("n2", 0)


def test_what_stands_in_the_way_on_a_host_is_found(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "cp /etc/machine-id /root; echo 0123456789abcdef >/etc/machine-id")
    lab.exec("n2", "echo 0123456789abcdef >/etc/machine-id; hostname ubuntu")
    lab.exec("n3", "mkdir -p /var/lib/rancher/k3s/server; ip route del default")
    lab.exec(
        "n4",
        'nohup python3 -c \'import socket,time; s=socket.create_server(("0.0.0.0",10250));'
        " time.sleep(60)' >/dev/null 2>&1 & sleep 0.5",
    )
    steps.targets["n1"]["node_address"] = "10.79.0.99"

    found = check(steps)

    lab.exec("n2", "hostname n2")
    assert found == [
        ("", "machine-id-duplicate"),
        ("", "network-not-measured"),
        ("n1", "address-missing"),
        ("n2", "host-name-differs"),
        ("n3", "kubernetes-leftovers"),
        ("n3", "no-default-route"),
        ("n4", "port-in-use"),
    ]


def test_an_installed_microk8s_does_not_stand_in_its_own_way(lab: Lab, steps: Steps) -> None:
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel="1.32/stable")

    assert check(steps) == [("n1", "microk8s-installed"), ("n2", "microk8s-installed")]


def test_nodes_of_the_forming_cluster_may_be_seen_again_and_those_of_another_not(
    lab: Lab, steps: Steps
) -> None:
    steps.apply("install_microk8s", hosts=["n1", "n2", "n3"], channel="1.32/stable")
    steps.apply("join_control_plane", seed="n1", host="n2", expected_members=2)
    steps.apply("join_workers", seed="n1", hosts=["n3"])
    again = {**ROLES, "n3": "worker"}

    found = check(steps, again)

    assert {("n2", "already-node"), ("n3", "already-node")} < set(found)
    # The seed's file learns of the second member only after some seconds.
    assert set(found) - {("n2", "already-node"), ("n3", "already-node")} <= {
        ("n1", "already-node"),
        ("n1", "microk8s-installed"),
    }

    del steps.targets["n1"]
    error = refused(steps, {"n2": "control-plane", "n3": "worker", "n4": "worker"})

    assert {("n2", "other-cluster"), ("n3", "other-cluster")} <= set(codes(error["findings"]))


def test_a_policy_that_does_not_exist_is_refused(steps: Steps) -> None:
    assert "use one of lab, standard, production" in refused(steps, policy="home")["message"]
