"""What a lab host looks like from outside, from its peers and from inside."""

import json
import subprocess
from pathlib import Path

import pytest

from lab import Lab


def ssh(lab: Lab, host: str, command: str, user: str = "root") -> subprocess.CompletedProcess[str]:
    config = str(lab.directory / "ssh_config")
    return subprocess.run(
        ["ssh", "-F", config, "-l", user, host, command],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_every_host_answers_ssh_with_its_pinned_key_and_its_own_name(lab: Lab) -> None:
    answers = [ssh(lab, host.name, "hostname; id -u").stdout.split() for host in lab.hosts]

    assert answers == [["n1", "0"], ["n2", "0"], ["n3", "0"]]
    assert len({host.host_key for host in lab.hosts}) == 3


def test_a_host_that_shows_another_key_is_refused(lab: Lab) -> None:
    known_hosts = lab.directory / "known_hosts"
    right = known_hosts.read_text()
    first, second = (host.host_key for host in lab.hosts[:2])
    known_hosts.write_text(right.replace(first, second))

    try:
        answer = ssh(lab, "n1", "hostname")
    finally:
        known_hosts.write_text(right)

    assert answer.returncode == 255
    assert "Host key verification failed" in answer.stderr


def test_the_exit_code_and_both_streams_come_through_ssh(lab: Lab) -> None:
    answer = ssh(lab, "n2", "echo out; echo err >&2; exit 7")

    assert (answer.returncode, answer.stdout, answer.stderr) == (7, "out\n", "err\n")


def test_the_inventory_is_what_the_product_registers(lab: Lab) -> None:
    first = lab.inventory()[0]

    assert first == {
        "name": "n1",
        "address": lab.hosts[0].address,
        "port": 2222,
        "user": "root",
        "node_address": "10.79.0.11",
        "host_key": lab.hosts[0].host_key,
    }


def test_hosts_reach_each_other_and_know_only_themselves_by_name(lab: Lab) -> None:
    reached = lab.exec("n1", "ping -c1 -W2 10.79.0.13")
    own = lab.exec("n1", "getent hosts n1")
    peer = lab.exec("n1", "getent hosts n2")

    assert reached.returncode == 0
    assert own.stdout.split() == ["127.0.1.1", "n1"]
    assert peer.returncode == 2


def test_all_lines_of_a_name_count_and_loopback_answers_come_first(lab: Lab) -> None:
    lab.exec("n1", "sed -i '1i 10.79.0.11 n1' /etc/hosts")

    answers = lab.exec("n1", "getent ahostsv4 n1 | awk '$2 == \"STREAM\" {print $1}'").stdout

    assert lab.exec("n1", "cat /etc/host.conf").stdout == "multi on\n"
    assert answers.split() == ["127.0.1.1", "10.79.0.11"]


def test_machine_ids_differ(lab: Lab) -> None:
    ids = {lab.exec(host.name, "cat /etc/machine-id").stdout for host in lab.hosts}

    assert len(ids) == 3


def test_a_host_cannot_change_the_machines_kernel(lab: Lab) -> None:
    setting = Path("/proc/sys/vm/swappiness")
    before = setting.read_text()

    written = lab.exec("n1", "echo 11 > /proc/sys/vm/swappiness")

    assert written.returncode != 0
    assert "Permission denied" in written.stderr
    assert setting.read_text() == before


def test_sysctl_remembers_what_the_kernel_would_not_take(lab: Lab) -> None:
    machine = Path("/proc/sys/fs/inotify/max_user_instances").read_text()
    lab.exec("n1", "sysctl -w fs.inotify.max_user_instances=1024 net.ipv4.ip_forward=1")

    asked = lab.exec("n1", "sysctl -n fs.inotify.max_user_instances net.ipv4.ip_forward")
    elsewhere = lab.exec("n2", "cat /proc/sys/net/ipv4/ip_forward")

    assert asked.stdout.split() == ["1024", "1"]
    assert elsewhere.stdout.strip() == "0"
    assert Path("/proc/sys/fs/inotify/max_user_instances").read_text() == machine


def test_settings_in_sysctl_d_and_modules_load_d_come_back_after_a_reboot(lab: Lab) -> None:
    lab.exec("n1", "echo vm.max_map_count = 262144 >/etc/sysctl.d/90-test.conf")
    lab.exec("n1", "echo br_netfilter >/etc/modules-load.d/test.conf; modprobe vxlan")

    lab.reboot("n1")

    assert lab.exec("n1", "sysctl -n vm.max_map_count").stdout.strip() == "262144"
    loaded = lab.exec("n1", "lsmod").stdout
    assert "br_netfilter" in loaded
    assert "vxlan" not in loaded


def test_only_root_may_use_sudo(lab: Lab) -> None:
    if lab.capabilities["uid_map"] == "single":
        pytest.skip("with a single user id there is no second user")

    root = ssh(lab, "n1", "sudo -n -H -u nobody -- id -un; sudo -n -k true; echo $?")
    ops = ssh(lab, "n1", "sudo -n true", user="ops")

    assert root.stdout.split() == ["nobody", "0"]
    assert (ops.returncode, ops.stderr) == (1, "sudo: a password is required\n")


def test_apt_get_records_known_packages_and_refuses_others(lab: Lab) -> None:
    known = lab.exec("n1", "apt-get install -y chrony && dpkg-query -W -f '${Status}' chrony")
    unknown = lab.exec("n1", "apt-get install -y no-such-thing")

    assert known.stdout.endswith("install ok installed")
    assert lab.exec("n1", "chronyc tracking").returncode == 0
    assert unknown.returncode == 100
    assert "Unable to locate package no-such-thing" in unknown.stderr


def test_an_active_firewall_drops_what_no_rule_allows(lab: Lab) -> None:
    listen = "import socket; s = socket.create_server(('', {})); s.accept()"
    for port in (5000, 5001):
        lab.exec("n1", f'setsid python3 -c "{listen.format(port)}" >/dev/null 2>&1 </dev/null &')
    lab.exec("n1", "ufw allow 22/tcp; ufw allow 5001/tcp; ufw --force enable")
    wait = "for i in $(seq 100); do ss -tln | grep -q :5001 && break; sleep 0.05; done"
    lab.exec("n1", wait)

    closed = lab.exec("n2", "timeout 1 bash -c '</dev/tcp/10.79.0.11/5000'")
    opened = lab.exec("n2", "timeout 5 bash -c '</dev/tcp/10.79.0.11/5001'")

    assert closed.returncode == 124
    assert opened.returncode == 0
    assert "Status: active" in lab.exec("n1", "ufw status").stdout


def test_hosts_can_claim_different_hardware() -> None:
    with Lab.up(["big", "small"], name="tests-hardware", cpus={"small": 1}, memory_gib=2) as lab:
        cpus = [lab.exec(host.name, "nproc; getconf _NPROCESSORS_ONLN") for host in lab.hosts]
        memory = lab.exec("small", "grep MemTotal /proc/meminfo").stdout.split()

    assert [answer.stdout.split() for answer in cpus] == [["4", "4"], ["1", "1"]]
    assert memory == ["MemTotal:", str(2 * 1024 * 1024), "kB"]


def test_a_host_knows_its_place_in_the_lab(lab: Lab) -> None:
    facts = json.loads(lab.exec("n3", "cat /lab/host.json").stdout)

    assert facts["name"] == "n3"
    assert facts["address"] == "10.79.0.13"
    assert facts["durations"] == "zero"
    lab.exec("n1", "echo hello >/lab/world/greeting")
    assert lab.exec("n3", "cat /lab/world/greeting").stdout == "hello\n"
