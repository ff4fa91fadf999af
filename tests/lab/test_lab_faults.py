"""Each fault of a lab, by its effect, and its undo."""

import socket
import time

import pytest

from lab import Lab, LabRefused

LISTEN = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 9))
server.settimeout(3)
open("/tmp/ready", "w").close()
print(server.recv(99).decode())
"""
SEND = "import socket; socket.socket(2, 2).sendto(b'hello', ('{}', 9))"

BOOT = "cat /proc/sys/kernel/random/boot_id"


def banner(lab: Lab, host: int, timeout: float = 1.0) -> bytes:
    address = (lab.hosts[host].address, lab.hosts[host].port)
    with socket.create_connection(address, timeout=timeout) as connection:
        return connection.recv(4)


def says(lab: Lab, host: str, command: str) -> str:
    try:
        return lab.exec(host, command).stdout
    except LabRefused:
        return ""


def pings(lab: Lab, source: str, target: int) -> bool:
    return lab.exec(source, f"ping -c1 -W1 10.79.0.{10 + target}").returncode == 0


def pings_again(lab: Lab, source: str, target: int) -> bool:
    """Tell whether a host is reached within a while: its peers forget a dead neighbour slowly."""
    return any(pings(lab, source, target) for _ in range(10))


def one_way_message(lab: Lab, source: str, target: str, address: str) -> str:
    lab.exec(target, "rm -f /tmp/ready /tmp/heard")
    listener = f"setsid python3 -c '{LISTEN}' >/tmp/heard 2>/dev/null </dev/null &"
    lab.exec(target, listener)
    lab.exec(target, "for i in $(seq 100); do [ -e /tmp/ready ] && break; sleep 0.02; done")
    lab.exec(source, f'python3 -c "{SEND.format(address)}"')
    lab.exec(target, "for i in $(seq 40); do [ -s /tmp/heard ] && break; sleep 0.02; done")
    return lab.exec(target, "cat /tmp/heard").stdout.strip()


def test_a_killed_host_lets_connections_time_out_and_keeps_its_files(lab: Lab) -> None:
    lab.exec("n1", "echo kept >/root/file")

    lab.kill("n1")

    with pytest.raises(TimeoutError):
        banner(lab, 0, timeout=0.5)
    assert not pings(lab, "n2", 1)
    lab.boot("n1")
    assert banner(lab, 0) == b"SSH-"
    assert lab.exec("n1", "cat /root/file").stdout == "kept\n"
    assert pings(lab, "n2", 1)


def test_a_host_that_is_off_cannot_be_killed_entered_or_frozen(lab: Lab) -> None:
    lab.kill("n2")

    for action in (lab.kill, lab.freeze, lab.reboot):
        with pytest.raises(LabRefused, match="n2: it is off"):
            action("n2")
    with pytest.raises(LabRefused, match="cannot enter n2: it is off"):
        lab.exec("n2", "true")


def test_a_reboot_keeps_files_restarts_the_uptime_and_is_another_boot(lab: Lab) -> None:
    lab.exec("n1", "echo kept >/root/file; echo lost >/run/file")
    boots = {host: says(lab, host, BOOT) for host in ("n1", "n2")}
    before = time.monotonic()

    lab.reboot("n1")

    uptime = float(lab.exec("n1", "cut -d' ' -f1 /proc/uptime").stdout)
    assert uptime < time.monotonic() - before
    assert lab.exec("n1", "cat /root/file; test -e /run/file || echo gone").stdout == "kept\ngone\n"
    assert says(lab, "n1", BOOT) not in boots.values()
    assert says(lab, "n2", BOOT) == boots["n2"] != boots["n1"]


def test_the_reboot_command_reboots_and_poweroff_stays_off(lab: Lab) -> None:
    lab.exec("n1", "touch /run/before; reboot")
    deadline = time.monotonic() + 15
    while not (rebooted := says(lab, "n1", "test -e /run/before || echo yes")):
        assert time.monotonic() < deadline
    assert rebooted == "yes\n"

    lab.exec("n1", "poweroff")

    deadline = time.monotonic() + 15
    while lab.status()["hosts"]["n1"]["power"] != "off" and time.monotonic() < deadline:
        pass
    assert lab.status()["hosts"]["n1"]["power"] == "off"


def test_a_frozen_host_accepts_connections_and_says_nothing(lab: Lab) -> None:
    lab.freeze("n1")

    with pytest.raises(TimeoutError):
        banner(lab, 0, timeout=0.5)
    assert lab.status()["hosts"]["n1"]["power"] == "frozen"
    lab.thaw("n1")
    assert banner(lab, 0, timeout=5) == b"SSH-"


def test_a_partition_cuts_both_ways_until_it_is_healed(lab: Lab) -> None:
    lab.partition("n1", "n2")

    assert not pings(lab, "n1", 2)
    assert not pings(lab, "n2", 1)
    assert pings(lab, "n1", 3)
    assert banner(lab, 0) == b"SSH-"
    lab.heal()
    assert pings_again(lab, "n1", 2)


def test_a_partition_of_one_host_isolates_it_from_all_but_ssh(lab: Lab) -> None:
    lab.partition("n3")

    assert not pings(lab, "n3", 1)
    assert not pings(lab, "n2", 3)
    assert pings(lab, "n1", 2)
    assert banner(lab, 2) == b"SSH-"


def test_a_one_way_partition_loses_only_what_the_first_host_sends(lab: Lab) -> None:
    pings(lab, "n1", 2)  # both know each other's address, so that no question has to be answered
    lab.partition("n1", "n2", one_way=True)

    forth = one_way_message(lab, "n1", "n2", "10.79.0.12")
    back = one_way_message(lab, "n2", "n1", "10.79.0.11")

    assert (forth, back) == ("", "hello")


def test_a_partition_from_outside_closes_ssh_but_not_the_cluster(lab: Lab) -> None:
    lab.partition("n1", "outside")

    with pytest.raises(TimeoutError):
        banner(lab, 0, timeout=0.5)
    assert pings(lab, "n1", 2)
    lab.heal()
    assert banner(lab, 0) == b"SSH-"


def test_a_full_disk_refuses_writes_until_it_is_freed(lab: Lab) -> None:
    lab.fill_disk("n1")

    full = lab.exec("n1", "head -c 65536 /dev/zero >/root/file")
    lab.free_disk("n1")
    freed = lab.exec("n1", "head -c 65536 /dev/zero >/root/file")

    assert full.returncode != 0
    assert "No space left on device" in full.stderr
    assert freed.returncode == 0


def test_a_skewed_clock_is_wrong_in_date_and_not_synchronised(lab: Lab) -> None:
    ask = "date +%s; timedatectl show -p NTPSynchronized --value"
    lab.skew_clock("n1", -7200)

    wrong = lab.exec("n1", ask).stdout.split()
    lab.skew_clock("n1", 0)
    right = lab.exec("n1", ask).stdout.split()

    assert abs(time.time() - 7200 - int(wrong[0])) < 5
    assert abs(time.time() - int(right[0])) < 5
    assert (wrong[1], right[1]) == ("no", "yes")


def test_a_delay_is_felt_or_refused_with_the_reason(lab: Lab) -> None:
    if lab.capabilities["netem"]:
        lab.delay("n1", 60)
        rtt = lab.exec("n2", "ping -c1 -W2 10.79.0.11 | sed -n 's/.*time=\\([0-9]*\\).*/\\1/p'")
        assert int(rtt.stdout) >= 60
    else:
        with pytest.raises(LabRefused, match="cannot delay n1: this kernel has no netem"):
            lab.delay("n1", 60)


def test_command_faults_are_listed_and_cleared_where_the_host_reads_them(lab: Lab) -> None:
    first = lab.add_fault("n1", {"match": "snap install", "action": "slow", "seconds": 3})
    lab.add_fault("n1", {"id": "mine", "match": "microk8s join", "action": "hang"})

    lab.clear_fault("n1", first)

    expected = [{"id": "mine", "match": "microk8s join", "action": "hang"}]
    assert lab.faults("n1") == expected
    assert '"mine"' in lab.exec("n1", "cat /lab/faults.json").stdout
    with pytest.raises(LabRefused, match="it needs match and action"):
        lab.add_fault("n1", {"action": "slow"})


def test_a_reset_forgets_files_faults_partitions_and_the_world(lab: Lab) -> None:
    keys = [host.host_key for host in lab.hosts]
    lab.exec("n1", "touch /root/file /lab/world/file")
    lab.add_fault("n2", {"match": "snap", "action": "hang"})
    lab.skew_clock("n2", 60)
    lab.partition("n1")
    lab.fill_disk("n2")
    lab.kill("n3")

    lab.reset()

    assert lab.exec("n1", "ls /root /lab/world | grep file").stdout == ""
    assert lab.faults("n2") == []
    assert lab.exec("n2", "timedatectl show -p NTPSynchronized --value").stdout == "yes\n"
    assert pings(lab, "n1", 2)
    assert lab.exec("n2", "head -c 65536 /dev/zero >/root/file").returncode == 0
    assert [host.host_key for host in Lab.open(lab.name).hosts] == keys
    assert banner(lab, 2) == b"SSH-"


def test_a_disk_without_inodes_has_space_and_takes_no_file(lab: Lab) -> None:
    lab.fill_inodes("n1")
    refused = lab.exec("n1", "touch /root/new")
    existing = lab.exec("n1", "echo more >>/etc/fstab")
    free = int(lab.exec("n1", "df -B1 --output=avail / | tail -1").stdout)
    status = lab.status()["hosts"]["n1"]

    lab.free_inodes("n1")

    assert "No space left on device" in refused.stderr
    assert (existing.returncode, free > 2**30) == (0, True)
    assert (status["inodes_full"], status["disk_full"]) == (True, False)
    assert lab.exec("n1", "touch /root/new").returncode == 0
    assert lab.status()["hosts"]["n1"]["inodes_full"] is False
