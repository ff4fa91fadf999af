"""Preflight on hosts as ordinary machines are: two networks, proxies, leftovers, odd shells."""

from typing import Any

import pytest
from steps import StepFailed, Steps

from lab import Lab

ROLES = {"n1": "control-plane", "n2": "control-plane", "n3": "control-plane", "n4": "worker"}
MARK = {"installation": "here", "cluster": "prod", "job": "job-1"}


def findings(steps: Steps, **more: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Run preflight; return its findings by host and code, also when it refuses."""
    asked = {"roles": ROLES, "policy": "standard", **more}
    try:
        rows = steps.apply("preflight", **asked)["findings"]
    except StepFailed as error:
        rows = error.answer["error"]["findings"]
    return {(row["host"] or "", row["code"]): row for row in rows}


def test_two_networks_are_told_apart_and_a_foreign_source_towards_the_seed_is_refused(
    lab: Lab, steps: Steps
) -> None:
    nat = (
        "ip link add mgmt0 type veth peer name mgmt1 && ip addr add 10.0.2.15/24 dev mgmt0 && "
        "ip link set mgmt1 up && ip link set mgmt0 up && "
        "ip route replace default via 10.0.2.2 dev mgmt0"
    )
    lab.exec("n2", nat)
    lab.exec("n3", nat)
    lab.exec(
        "n3",
        "ip addr add 10.79.0.93/24 dev eth0 && ip route replace 10.79.0.11 dev eth0 src 10.79.0.93",
    )

    found = findings(steps)

    for host in ("n2", "n3"):
        lab.exec(host, "ip link del mgmt0; ip route replace default via 10.79.0.1 dev eth0")
    lab.exec("n3", "ip route del 10.79.0.11; ip addr del 10.79.0.93/24 dev eth0")
    assert found.keys() == {
        ("n2", "default-route-elsewhere"),
        ("n3", "default-route-elsewhere"),
        ("n3", "source-address"),
    }
    assert "default route on mgmt0 (10.0.2.15)" in found["n2", "default-route-elsewhere"]["message"]
    assert "from 10.79.0.93" in found["n3", "source-address"]["message"]


def test_a_left_over_device_is_named_with_the_command_that_deletes_it(
    lab: Lab, steps: Steps
) -> None:
    lab.exec(
        "n4",
        "ip link add vxlan.calico type vxlan id 4096 dstport 4789 dev eth0 && "
        "ip addr add 10.1.77.0/32 dev vxlan.calico && ip link set vxlan.calico up && "
        "ip route add 10.1.78.0/26 dev vxlan.calico",
    )

    found = findings(steps)

    assert found.keys() == {("n4", "network-leftovers")}
    advice = found["n4", "network-leftovers"]["advice"]
    assert advice.endswith("sudo ip link delete vxlan.calico")
    lab.exec("n4", "ip link delete vxlan.calico")
    assert findings(steps) == {}


def test_what_a_hosts_files_say_of_proxies_names_and_listeners_is_found(
    lab: Lab, steps: Steps
) -> None:
    lab.exec(
        "n2",
        "printf '%s\\n' 'ALL_PROXY=http://proxy:3128' 'no_proxy=10.79.0.11,localhost' "
        ">>/etc/environment",
    )
    lab.exec(
        "n3",
        "mkdir -p /etc/cloud/cloud.cfg.d && echo 'manage_etc_hosts: false' >/etc/cloud/cloud.cfg "
        "&& echo 'manage_etc_hosts: true # by the provider' >/etc/cloud/cloud.cfg.d/50.cfg",
    )
    lab.exec(
        "n4",
        "nohup python3 -c 'import socket,time; "
        's=socket.create_server(("127.0.0.1",10248)); open("/tmp/up","w"); time.sleep(60)\' '
        ">/dev/null 2>&1 & until [ -e /tmp/up ]; do :; done",
    )

    found = findings(steps, channel="1.99/stable")

    assert found.keys() == {
        ("n1", "channel-not-in-store"),
        ("n2", "no-proxy-incomplete"),
        ("n3", "cloud-init-hosts"),
        ("n4", "port-in-use"),
    }
    assert "10.79.0.12" in found["n2", "no-proxy-incomplete"]["needed"]
    assert "1.32/stable" in found["n1", "channel-not-in-store"]["advice"]


def test_somebody_elses_microk8s_is_kept_and_ours_is_known_by_its_mark(
    lab: Lab, steps: Steps
) -> None:
    lab.exec("n2", "snap install microk8s --classic --channel=1.32/stable")
    steps.apply("install_microk8s", hosts=["n3", "n4"], channel="1.32/stable")
    mark = "/var/lib/clusterwright/installed-microk8s"
    lab.exec("n3", f"printf '%s\\n' installation=here cluster=prod job=job-0 >{mark}")
    lab.exec("n4", f"printf '%s\\n' installation=elsewhere cluster=dev job=job-9 >{mark}")

    steps.mark = MARK
    found = findings(steps, channel="1.32/stable")

    verdicts = {key: (row["severity"], row["acceptable"]) for key, row in found.items()}
    assert verdicts == {
        ("n2", "microk8s-not-ours"): ("refuse", True),
        ("n3", "microk8s-installed"): ("info", False),
        ("n4", "other-installation"): ("refuse", False),
    }


def test_root_that_may_not_use_sudo_is_refused_with_the_line_to_add(lab: Lab, steps: Steps) -> None:
    path = lab.exec("n2", "command -v sudo").stdout.strip()
    lab.exec(
        "n2",
        f"cp {path} /root/sudo && printf '#!/bin/sh\\necho root is not in the sudoers file. >&2; "
        f"exit 1\\n' >{path}",
    )

    found = findings(steps)

    lab.exec("n2", f"cp /root/sudo {path}")
    assert found.keys() == {("n2", "root-without-sudo")}
    row = found["n2", "root-without-sudo"]
    assert "root is not in the sudoers file." in row["message"]
    assert "root ALL=(ALL:ALL) ALL" in row["advice"]


def test_a_greeting_is_no_part_of_the_answer_and_a_swallowed_command_is_told(
    lab: Lab, steps: Steps
) -> None:
    before = lab.exec("n2", "cat /root/.bashrc || true").stdout
    lab.exec("n2", "echo 'echo Welcome to n9; echo @@sudo; echo no' >/root/.bashrc")
    lab.exec("n3", "echo 'exec true' >/root/.bashrc")
    lab.exec("n4", "echo 'echo Welcome; exec true' >/root/.bashrc")

    try:
        found = findings(steps)
    finally:
        for host in ("n2", "n3", "n4"):
            lab.exec(host, f"printf %s '{before}' >/root/.bashrc")

    for host in ("n3", "n4"):
        row = found[host, "not-surveyed"]
        assert host in row["message"]
        assert "the login shell of root did not run it" in row["message"]
        assert ".bashrc" in row["advice"]
    assert "n2" not in {host for host, _ in found}


@pytest.mark.parametrize("version", ["unavailable", "-"])
def test_a_snapd_that_does_not_run_is_refused_before_a_host_is_prepared(
    lab: Lab, steps: Steps, version: str
) -> None:
    path = lab.exec("n4", "command -v snap").stdout.strip()
    lab.exec(
        "n4",
        f"cp {path} /root/snap && "
        f"printf '#!/bin/sh\\necho snap 2.63; echo snapd {version}\\n' >{path}",
    )

    found = findings(steps)

    lab.exec("n4", f"cp /root/snap {path}")
    assert found.keys() == {("n4", "snapd-not-running")}
    assert "systemctl status snapd" in found["n4", "snapd-not-running"]["advice"]
