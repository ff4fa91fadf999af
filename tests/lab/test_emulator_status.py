"""`microk8s status`, addons, help, and what commands say on workers and without quorum."""

import os
from collections.abc import Iterator

import pytest
from emulated import DATA, DQLITE, Hosts, poll
from variants import first_of

from lab import Lab

ON_A_WORKER = (
    "This MicroK8s deployment is acting as a node in a cluster.\nPlease use the master node.\n"
)


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-status-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def addons(hosts: Hosts) -> dict[str, str]:
    lines = hosts.out("n1", "microk8s status --wait-ready --format short").splitlines()
    pairs = (line.partition(": ") for line in lines if line.startswith("core/"))
    return {name.removeprefix("core/"): status for name, _, status in pairs}


@pytest.mark.parametrize(
    ("alias", "name"),
    first_of(
        [
            ("storage", "hostpath-storage"),
            ("gpu", "nvidia"),
            ("prometheus", "observability"),
        ]
    ),
)
def test_an_alias_is_listed_beside_its_addon_and_enables_it(
    hosts: Hosts, alias: str, name: str
) -> None:
    hosts.install("n1")
    before = addons(hosts)

    enabled = hosts.run("n1", f"microk8s enable {alias}")
    asked = hosts.out("n1", f"microk8s status -a {alias}; microk8s status --addon {name}")
    both = {word: addons(hosts)[word] for word in (alias, name)}
    hosts.run("n1", f"microk8s disable {alias}")

    assert (before[alias], before[name]) == ("disabled", "disabled")
    assert enabled.returncode == 0
    assert f"Please use '{name}' instead." in enabled.stdout
    assert both == {alias: "enabled", name: "enabled"}
    assert asked == "enabled\nenabled\n"
    assert addons(hosts)[alias] == "disabled"
    off = [word for word, status in before.items() if status == "disabled"]
    assert off == sorted(off)


def test_dns_is_enabled_some_time_after_an_installation(hosts: Hosts) -> None:
    hosts.set_fact("n1", "addons_seconds", 3)
    hosts.install("n1")

    at_first = addons(hosts)

    assert (at_first["dns"], at_first["ha-cluster"]) == ("disabled", "enabled")
    poll(lambda: addons(hosts)["dns"] == "enabled", "dns")


def test_an_addon_counts_as_enabled_when_its_pods_are_listed_which_may_be_late(
    hosts: Hosts,
) -> None:
    hosts.install("n1")
    hosts.run("n1", "microk8s status --wait-ready")
    late = {"match": "microk8s enable", "action": "pods-late", "seconds": 4}
    hosts.lab.add_fault("n1", late)

    enabled = hosts.run("n1", "microk8s enable metrics-server")
    at_once = addons(hosts)["metrics-server"]

    assert (enabled.returncode, at_once) == (0, "disabled")
    poll(lambda: addons(hosts)["metrics-server"] == "enabled", "its pods")


def test_rbac_restarts_the_api_server_in_another_mode(hosts: Hosts) -> None:
    hosts.install("n1")
    hosts.run("n1", "microk8s status --wait-ready")

    hosts.run("n1", "microk8s enable rbac")

    log = hosts.out("n1", "journalctl -u snap.microk8s.daemon-kubelite")
    assert "Stopped" in log
    assert "--authorization-mode=RBAC,Node" in hosts.out("n1", f"cat {DATA}/args/kube-apiserver")
    poll(lambda: addons(hosts).get("rbac") == "enabled", "rbac")


def test_json_is_no_format_of_status(hosts: Hosts) -> None:
    hosts.install("n1")

    assert hosts.run("n1", "microk8s status --format json").returncode == 2


def test_help_lists_the_commands_and_fails_where_no_plugin_is_installed(hosts: Hosts) -> None:
    hosts.install("n1")

    without = hosts.run("n1", "microk8s help")
    folder = "/var/snap/microk8s/common/plugins"
    hosts.run("n1", f"mkdir -p {folder}; touch {folder}/mine")
    with_plugin = hosts.run("n1", "microk8s --help")

    names = [line.strip() for line in without.stdout.splitlines()[1:]]
    assert (without.returncode, with_plugin.returncode) == (1, 0)
    assert names == [*sorted(names[:-1]), "inspect"]
    assert "dashboard-proxy" in names
    assert with_plugin.stdout.endswith("Available subcommands from addons are:\n\tmine\n")


@pytest.mark.parametrize(
    "command", first_of(["reset", "enable dns", "disable dns", "dbctl backup"])
)
def test_what_a_worker_refuses_it_refuses_in_two_lines(hosts: Hosts, command: str) -> None:
    hosts.form("n1", workers=("n2",))

    output = hosts.run("n2", f"microk8s {command}")

    assert (output.returncode, output.stdout) == (1, ON_A_WORKER)


@pytest.mark.parametrize(
    ("words", "status", "text"),
    first_of(
        [
            ("/nowhere", 2, "Error: Invalid value for '[CA_DIR]': Path '/nowhere' does not exist."),
            ("/nowhere -c", 2, "Path '/nowhere' does not exist."),
            ("/etc", 30, "Could not find ca.crt file"),
            ("/etc -c", 1, "Please do not set any options in combination with the CA_DIR."),
            ("-c -u", 2, "Please select only one of the options -c, -u or -e."),
            ("", 3, "Please use the '--cert' flag to select the certificate you need refreshed."),
        ],
        quick=2,
    ),
)
def test_refresh_certs_refuses_what_it_cannot_use(
    hosts: Hosts, words: str, status: int, text: str
) -> None:
    hosts.install("n1")

    output = hosts.run("n1", f"microk8s refresh-certs {words}")

    assert output.returncode == status
    assert text in output.stdout + output.stderr


@pytest.mark.slow
def test_without_quorum_the_api_server_goes_and_comes_back_with_it(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: hosts.out("n1", f"{DQLITE} .cluster").count('"Role": 0') == 3, "voters", 60)
    for host in ("n2", "n3"):
        hosts.lab.kill(host)

    nodes = "microk8s kubectl get nodes --request-timeout=5s"
    refused = "The connection to the server 127.0.0.1:16443 was refused"
    poll(lambda: refused in hosts.run("n1", nodes).stderr, "the API server's end", 40)
    status = hosts.run("n1", "microk8s status")
    services = hosts.out("n1", "snap services microk8s.daemon-kubelite")
    for host in ("n2", "n3"):
        hosts.lab.boot(host)

    assert status.returncode == 1
    assert status.stdout.startswith("microk8s is not running.")
    assert " active" in services
    poll(lambda: hosts.node_status("n1") == "Ready", "the API server again", 60)


def test_at_boot_the_daemon_starts_nothing_for_files_that_snapd_did_not_install(
    hosts: Hosts,
) -> None:
    hosts.install("n1")
    hosts.run("n1", "cp -a /var/snap/microk8s /root/kept; snap remove --purge microk8s")
    hosts.run("n1", "cp -a /root/kept /var/snap/microk8s")

    hosts.restart_daemon("n1")
    ports = hosts.out("n1", "ss -Hltn")

    assert ":16443" not in ports
    assert ":25000" not in ports


def test_cluster_yaml_begins_each_member_with_its_id() -> None:
    file = f"cat {DATA}/var/kubernetes/backend/cluster.yaml"
    with Lab.up(1, name=f"emulator-yaml-{os.getpid()}", dqlite="emulated") as lab:
        hosts = Hosts(lab)
        hosts.install("n1")
        poll(lambda: "Role:" in hosts.out("n1", file), "the file")

        lines = hosts.out("n1", file).splitlines()

    assert [line.partition(":")[0].strip("- ") for line in lines] == ["ID", "Address", "Role"]
