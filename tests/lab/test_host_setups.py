"""Hosts that are set up as ordinary ones: a sudo user, two networks, a proxy, cloud-init."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from cli.lab.commands import lab as command_line
from lab import CannotStart, Lab, sudo
from lab.setup import Setup

ASK_SUDO = """
export https_proxy=; sudo -n -E sh -c 'echo "exported-empty=$https_proxy"'
unset https_proxy; sudo -n -E sh -c 'echo "unset=$https_proxy"'
sudo -n sh -c 'echo "plain=$https_proxy"'
"""
PROXY = "http://10.79.0.1:3128"
NO_PROXIES = "export http_proxy= https_proxy= HTTP_PROXY= HTTPS_PROXY= all_proxy= ALL_PROXY=; "


def ssh(lab: Lab, host: str, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ssh", "-F", str(lab.directory / "ssh_config"), host, command],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def up(hosts: int, name: str, **setup: object) -> Lab:
    try:
        return Lab.up(hosts, name=f"{name}-{os.getpid()}", dqlite="emulated", **setup)
    except CannotStart as error:
        if "apt-get install" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def office() -> Iterator[Lab]:
    """Everything that a company's hosts behind NAT and a proxy may have at once."""
    with up(3, "office", user="ops", networks="nat", proxy=True, cloud_init=True) as lab:
        yield lab


@pytest.fixture(scope="module")
def managed() -> Iterator[Lab]:
    with up(2, "managed", networks="management", sudo="real", root_sudo=False) as lab:
        yield lab


def test_an_ordinary_user_comes_in_and_becomes_root_by_real_sudo(office: Lab) -> None:
    answer = ssh(
        office, "n1", "id -un; sudo -n id -un; sudo -n whoami; stat -c %U:%a /usr/bin/sudo"
    )

    assert answer.stdout.split() == ["ops", "root", "root", "root:4755"]
    assert {host.user for host in office.hosts} == {"ops"}
    assert office.inventory()[0]["user"] == "ops"
    assert office.capabilities["sudo"] == "real"


def test_sudo_tells_its_log_what_it_was_asked_to_run(office: Lab) -> None:
    ssh(office, "n1", "sudo -n echo a-secret-in-an-argument")

    assert "a-secret-in-an-argument" in office.exec("n1", "cat /var/log/sudo.log").stdout


def test_behind_nat_every_host_has_the_same_first_address(office: Lab) -> None:
    for host, number in (("n1", 11), ("n2", 12)):
        addresses = office.exec(host, "hostname -I").stdout.split()
        default = office.exec(host, "ip -4 route show default").stdout.split()
        assert addresses == ["10.0.2.15", f"10.79.0.{number}"]
        assert default == ["default", "via", "10.0.2.2", "dev", "eth0"]


def test_behind_nat_peers_are_reached_by_the_other_interface(office: Lab) -> None:
    route = office.exec("n1", "ip -4 route get 10.79.0.12").stdout

    assert "dev eth1 src 10.79.0.11" in route
    assert office.exec("n1", "ping -c1 -W2 10.79.0.12").returncode == 0
    assert office.exec("n1", "ping -c1 -W2 10.0.2.2").returncode == 0
    assert office.exec("n1", "ping -c1 -W2 192.0.2.1").returncode == 1


def test_a_host_behind_nat_comes_back_with_both_networks(office: Lab) -> None:
    office.kill("n3")
    office.boot("n3")

    assert office.exec("n3", "hostname -I").stdout.split() == ["10.0.2.15", "10.79.0.13"]
    assert office.exec("n3", "ping -c1 -W2 10.0.2.2").returncode == 0
    assert office.exec("n1", "ping -c1 -W2 10.79.0.13").returncode == 0


def test_a_login_behind_a_proxy_begins_with_the_environment_file(office: Lab) -> None:
    assert ssh(office, "n1", "echo $https_proxy $NO_PROXY").stdout.split() == [
        PROXY,
        "localhost,127.0.0.1",
    ]


def test_sudo_reads_the_environment_file_again_except_for_what_is_exported_empty(
    office: Lab,
) -> None:
    answer = ssh(office, "n1", ASK_SUDO)

    assert answer.stdout.split() == ["exported-empty=", f"unset={PROXY}", f"plain={PROXY}"]


def test_the_stand_in_for_sudo_answers_as_sudo_does(office: Lab) -> None:
    with up(1, "stand-in", proxy=True, sudo="stand-in") as lab:
        stand_in = lab.exec("n1", ASK_SUDO)

    real = office.exec("n1", ASK_SUDO)

    assert (stand_in.returncode, stand_in.stdout) == (real.returncode, real.stdout)


def test_cloud_init_makes_the_hosts_file_anew_at_every_boot(office: Lab) -> None:
    office.exec("n2", "echo 10.0.0.1 only-here >>/etc/hosts")
    template = "/etc/cloud/templates/hosts.debian.tmpl"
    office.exec("n2", f"echo 10.0.0.2 also-there | tee -a {template} >>/etc/hosts")

    office.reboot("n2")

    hosts = office.exec("n2", "cat /etc/hosts").stdout
    assert "127.0.1.1 n2.lab.internal n2\n" in hosts
    assert "only-here" not in hosts
    assert "also-there" in hosts
    assert "jinja" not in hosts


@pytest.mark.parametrize(
    ("place", "word", "kept"),
    [
        ("/etc/cloud/cloud.cfg.d/99-local.cfg", "false", True),
        ("/var/lib/cloud/instance/cloud-config.txt", "localhost", True),
        ("/etc/cloud/cloud-init.disabled", "", True),
        ("/etc/cloud/cloud.cfg.d/99-local.cfg", "template", False),
    ],
)
def test_cloud_init_obeys_the_last_word_on_the_hosts_file(
    office: Lab, place: str, word: str, kept: bool
) -> None:
    office.exec("n2", f"mkdir -p $(dirname {place}); echo 'manage_etc_hosts: {word}' >{place}")
    office.exec("n2", "echo 10.0.0.1 only-here >>/etc/hosts")

    office.exec("n2", "cloud-init init")

    hosts = office.exec("n2", f"cat /etc/hosts; rm {place}").stdout
    assert ("only-here" in hosts) is kept
    assert "127.0.1.1 n2.lab.internal n2\n" in hosts


def joined(lab: Lab, host: str, how: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Install MicroK8s on n1 and a host, and let the host ask to join."""
    for each in ("n1", host):
        lab.exec(each, "snap list microk8s || snap install microk8s --classic")
    lab.exec("n1", "/snap/bin/microk8s status --wait-ready")
    lab.exec("n1", f"echo 10.79.0.1{host[1:]} {host} >>/etc/hosts")
    token = "a" * 31 + host[1:]
    lab.exec("n1", f"/snap/bin/microk8s add-node --token {token}")
    return lab.exec(host, f"{before}/snap/bin/microk8s join 10.79.0.11:25000/{token} {how}")


def test_a_worker_that_unset_its_proxies_is_half_joined(office: Lab) -> None:
    answer = joined(office, "n2", "--worker", "unset http_proxy https_proxy; ")
    left = office.exec("n2", "ls /var/snap/microk8s/current/var/lock").stdout.split()

    assert answer.returncode == 1
    assert "requests.exceptions.ProxyError: HTTPSConnectionPool" in answer.stderr
    assert "/cluster/api/v1.0/sign-cert" in answer.stderr
    assert "join-in-progress" in left
    assert "clustered.lock" not in left


def test_a_worker_that_exported_empty_proxies_joins(office: Lab) -> None:
    office.exec("n2", "snap remove --purge microk8s")

    answer = joined(office, "n2", "--worker", NO_PROXIES)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_control_plane_join_knows_no_proxies(office: Lab) -> None:
    answer = joined(office, "n3", "")

    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_management_network_has_the_default_route_and_an_address_for_each(managed: Lab) -> None:
    for host, number in (("n1", 11), ("n2", 12)):
        addresses = managed.exec(host, "hostname -I").stdout.split()
        assert addresses == [f"192.168.121.{number}", f"10.79.0.{number}"]
    assert "dev eth0" in managed.exec("n1", "ip -4 route show default").stdout
    assert managed.exec("n1", "ping -c1 -W2 192.168.121.12").returncode == 0


def test_a_partition_cuts_the_management_network_too(managed: Lab) -> None:
    managed.partition("n1", "n2")
    cut = [managed.exec("n1", f"ping -c1 -W1 {net}.12") for net in ("10.79.0", "192.168.121")]
    managed.heal()

    assert [answer.returncode for answer in cut] == [1, 1]
    assert ssh(managed, "n1", "true").returncode == 0


def test_root_without_a_sudo_right_is_refused_also_in_a_join(managed: Lab) -> None:
    plain = ssh(managed, "n1", "sudo -n true")
    join = joined(managed, "n2", "--worker")

    assert (plain.returncode, plain.stderr) == (1, "root is not in the sudoers file.\n")
    assert (join.returncode, join.stderr) == (1, "root is not in the sudoers file.\n")


def test_a_lab_of_one_user_id_has_no_ordinary_user_and_says_what_to_install() -> None:
    with pytest.raises(CannotStart, match=r"with user ops: .* one user id only.*uidmap"):
        sudo.choose(Setup(user="ops"), "single")
    with pytest.raises(CannotStart, match=r"with real sudo: .* one user id only"):
        sudo.choose(Setup(sudo="real"), "single")

    assert sudo.choose(Setup(proxy=True), "single") == "stand-in"
    assert sudo.choose(Setup(root_sudo=False), "single") == "stand-in"


def test_a_plain_lab_keeps_the_stand_in_for_sudo() -> None:
    assert sudo.choose(Setup(), "shifted") == "stand-in"


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ({"networks": "three"}, "networks 'three': possible are one, nat, management"),
        ({"user": "admin"}, "user 'admin': possible are root, ops"),
        ({"user": "ops", "sudo": "stand-in"}, "no program can gain rights; say sudo real"),
    ],
)
def test_a_setup_that_cannot_be_is_refused_before_anything_starts(
    setup: dict[str, str], words: str
) -> None:
    with pytest.raises(CannotStart, match=words):
        Lab.up(1, name="tests-impossible", **setup)

    assert "tests-impossible" not in Lab.names()


def test_the_status_says_what_sets_the_hosts_apart(office: Lab) -> None:
    run = CliRunner(env={"COLUMNS": "200"}).invoke

    output = run(command_line, ["status", "--lab", office.name]).output

    assert "hosts: SSH as ops; two networks, the default route by NAT" in output
    assert "a proxy in /etc/environment; /etc/hosts by cloud-init" in output
    assert "sudo: real" in output


def test_the_command_line_sets_hosts_up() -> None:
    run = CliRunner(env={"COLUMNS": "200"}).invoke
    name = f"set-up-{os.getpid()}"
    words = ["--networks", "management", "--cloud-init", "--no-root-sudo", "--sudo", "stand-in"]
    try:
        started = run(command_line, ["up", "1", "--name", name, *words])
        setup = Lab.open(name).spec.setup
    finally:
        run(command_line, ["down", "--lab", name])

    assert started.exit_code == 0, started.output
    assert setup == Setup(networks="management", cloud_init=True, root_sudo=False, sudo="stand-in")
