"""The emulator's contract, on real lab hosts: what automation of MicroK8s must be able to trust."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess

import pytest
from variants import first_of

from lab import Lab

Output = CompletedProcess[str]
BACKEND = "/var/snap/microk8s/current/var/kubernetes/backend"
DQLITE = f"/snap/microk8s/current/bin/dqlite -s file://{BACKEND}/cluster.yaml -f json k8s"
CHANNEL = "1.32/stable"
ROLE_SECONDS = 90.0
NOT_A_CONTROL_PLANE = "This MicroK8s deployment is acting as a node in a cluster."


class Hosts:
    """The hosts of one lab, with the commands that these tests give."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.addresses = {host.name: host.node_address for host in lab.hosts}

    def run(self, host: str, command: str) -> Output:
        return self.lab.exec(host, f"PATH=$PATH:/snap/bin; {command}", timeout=240)

    def install(self, *hosts: str) -> None:
        command = f"snap install microk8s --classic --channel={CHANNEL}"
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda host: self.run(host, command), hosts))
        assert [output.returncode for output in done] == [0] * len(hosts)

    def token(self, seed: str, options: str = "") -> str:
        output = self.run(seed, f"microk8s add-node --format token-check {options}")
        assert output.returncode == 0, output
        return output.stdout.strip()

    def join(self, host: str, seed: str, options: str = "", token: str = "") -> Output:
        secret = token or self.token(seed)
        url = f"{self.addresses[seed]}:25000/{secret}"
        return self.run(host, f"microk8s join {url} {options}")

    def form(self, *control_planes: str) -> None:
        """Make one cluster of the hosts, and wait until its roles have settled."""
        self.install(*control_planes)
        seed = control_planes[0]
        for host in control_planes[1:]:
            assert self.join(host, seed).returncode == 0
        voters = 3 if len(control_planes) >= 3 else 1
        standbys = min(max(len(control_planes) - 3, 0), 3)
        wanted = [0] * voters + [1] * standbys
        wanted += [2] * (len(control_planes) - len(wanted))
        poll(lambda: sorted(self.roles(seed).values()) == wanted, f"roles {wanted}")

    def roles(self, host: str) -> dict[str, int]:
        """Role by host name, asked from the host; empty where it finds no leader."""
        output = self.run(host, f"{DQLITE} .cluster")
        names = {f"{address}:19001": name for name, address in self.addresses.items()}
        members = json.loads(output.stdout) if output.returncode == 0 else []
        return {names.get(m["Address"], m["Address"]): m["Role"] for m in members}

    def high_availability(self, host: str) -> str:
        status = self.run(host, "microk8s status").stdout
        lines = [line for line in status.splitlines() if line.startswith("high-availability:")]
        return lines[0].partition(":")[2].strip() if lines else status

    def node_names(self, host: str) -> list[str]:
        output = self.run(host, "microk8s kubectl get nodes -o json")
        return [item["metadata"]["name"] for item in json.loads(output.stdout)["items"]]


def poll(happened: Callable[[], bool], what: str, seconds: float = ROLE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def end_of(output: Output) -> tuple[int, str]:
    return output.returncode, output.stdout.strip()


def labs_with(dqlite: str, count: int) -> Iterator[Lab]:
    with Lab.up(count, name=f"contract-{dqlite}-{os.getpid()}", dqlite=dqlite) as lab:
        yield lab


@pytest.fixture(scope="module")
def real_lab() -> Iterator[Lab]:
    yield from labs_with("real", 7)


@pytest.fixture(scope="module")
def emulated_lab() -> Iterator[Lab]:
    yield from labs_with("emulated", 7)


@pytest.fixture
def hosts(real_lab: Lab) -> Hosts:
    real_lab.reset()
    return Hosts(real_lab)


# Real dqlite takes its time; `make test` asks it for the roles alone.
BOTH_MODES = pytest.mark.parametrize("hosts_in_both_modes", ["real", "emulated"], indirect=True)


@pytest.fixture(params=first_of(["emulated", "real"]))
def hosts_in_both_modes(request: pytest.FixtureRequest) -> Hosts:
    lab: Lab = request.getfixturevalue(f"{request.param}_lab")
    lab.reset()
    return Hosts(lab)


@BOTH_MODES
def test_one_to_seven_control_planes_get_the_roles_that_dqlite_gives(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    names = list(hosts.addresses)
    hosts.install(*names)
    expected = {
        1: ([0], "no"),
        2: ([0, 2], "no"),
        3: ([0, 0, 0], "yes"),
        4: ([0, 0, 0, 1], "yes"),
        7: ([0, 0, 0, 1, 1, 1, 2], "yes"),
    }

    for count, name in enumerate(names, start=1):
        if count > 1:
            assert hosts.join(name, names[0]).returncode == 0
        if count in expected:
            roles, available = expected[count]
            poll(lambda roles=roles: sorted(hosts.roles(names[0]).values()) == roles, f"{roles}")
            assert hosts.high_availability(name) == available


def test_the_status_of_a_single_node_says_enabled_in_its_machine_readable_form(
    hosts: Hosts,
) -> None:
    hosts.install("n1")

    status = hosts.run("n1", "microk8s status --wait-ready --format yaml").stdout

    head = status.split("addons:")[0].splitlines()
    assert head == [
        "microk8s:",
        "  running: True",
        "high-availability:",
        "  enabled: True",
        "  nodes:",
        "    - address: 127.0.0.1:19001",
        "      role: voter",
    ]


def test_a_single_use_token_is_spent_by_its_first_use_also_when_the_join_was_refused(
    hosts: Hosts,
) -> None:
    hosts.install("n1", "n2", "n3")
    spent, refused = hosts.token("n1"), hosts.token("n1")
    hosts.join("n2", "n1", token=spent)
    old_seed = "sed -i /preferred-address/d /var/snap/microk8s/current/args/kube-apiserver"
    hosts.run("n1", f"{old_seed}; sed -i /n3/d /etc/hosts")

    again = hosts.join("n3", "n1", token=spent)
    first = hosts.join("n3", "n1", token=refused)
    second = hosts.join("n3", "n1", token=refused)

    invalid = "Contacting cluster at 10.79.0.11\nConnection failed. Invalid token (500)."
    assert end_of(again) == (6, invalid)
    assert first.returncode == 6
    assert 'The hostname (n3) of the joining node does not resolve to the IP "10.79.0.13"' in (
        first.stdout
    )
    assert end_of(second) == (6, invalid)


def test_a_token_with_a_time_to_live_joins_many_until_it_expires(hosts: Hosts) -> None:
    hosts.install("n1", "n2", "n3", "n4")
    lasting = hosts.token("n1", "--token-ttl 600")
    expired = hosts.token("n1", "--token-ttl 0")

    joins = [hosts.join(name, "n1", "--worker", lasting).returncode for name in ("n2", "n3")]
    late = hosts.join("n4", "n1", "--worker", expired)

    assert joins == [0, 0]
    assert late.returncode == 6
    assert "Connection failed. Invalid token (500)." in late.stdout


def test_of_two_nodes_the_spare_may_leave_and_the_last_member_loses_its_data(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    hosts.form("n1", "n2")
    hosts.run("n1", "microk8s kubectl label node n1 keep=me")

    voter_leaves = hosts.run("n1", "microk8s leave")
    spare_leaves = hosts.run("n2", "microk8s leave")
    members = hosts.roles("n1")
    last_leaves = hosts.run("n1", "microk8s leave")

    assert voter_leaves.returncode == 3
    assert voter_leaves.stdout.startswith("This node currently holds the only copy")
    assert (spare_leaves.returncode, members) == (0, {"n1": 0})
    assert last_leaves.returncode == 0
    poll(lambda: hosts.node_names("n1") == ["n1"], "a fresh node", 20)
    assert "keep" not in hosts.run("n1", "microk8s kubectl get node n1 -o json").stdout


def test_remove_node_needs_force_for_a_member_and_says_one_after_removing_an_unknown_node(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    hosts.form("n1", "n2", "n3", "n4")
    for name in ("n3", "n4"):
        hosts.run(name, "microk8s stop")

    without_force = hosts.run("n1", "microk8s remove-node n3")
    with_force = hosts.run("n1", "microk8s remove-node n3 --force")
    hosts.run("n1", "microk8s kubectl delete node n4")
    by_address = hosts.run("n1", "microk8s remove-node 10.79.0.14 --force")

    assert without_force.returncode == 1
    assert "Removal failed. Node n3 is registered with dqlite." in without_force.stdout
    assert end_of(with_force) == (0, "")
    assert by_address.returncode == 1
    assert by_address.stdout.splitlines() == [
        "Node 10.79.0.14 does not exist in Kubernetes.",
        "Attempting to remove 10.79.0.14 from dqlite.",
        "Removing node entry found in dqlite.",
    ]
    assert set(hosts.roles("n1")) == {"n1", "n2"}


def test_a_worker_answers_many_commands_with_a_sentence_and_success(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    hosts.join("n2", "n1", "--worker")
    polite = ("status", "kubectl get nodes", "config", "start", "stop", "refresh-certs -c")
    refusing = ("add-node", "remove-node n1", "enable dns", "dbctl backup", "reset")

    answers = {command: hosts.run("n2", f"microk8s {command}") for command in polite + refusing}

    assert {command: answers[command].returncode for command in polite} == dict.fromkeys(polite, 0)
    assert {c: answers[c].returncode for c in refusing} == dict.fromkeys(refusing, 1)
    assert all(out.stdout.startswith(NOT_A_CONTROL_PLANE) for out in answers.values())
    poll(lambda: hosts.node_names("n1") == ["n1", "n2"], "the worker's node", 20)


def test_with_one_of_three_voters_dead_status_says_yes_and_with_two_nothing_answers(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    hosts.form("n1", "n2", "n3")

    hosts.lab.kill("n3")
    poll(lambda: hosts.high_availability("n1") == "yes", "status answers", 30)
    hosts.lab.kill("n2")
    poll(lambda: hosts.roles("n1") == {}, "the loss of quorum", 30)
    assert [hosts.roles("n1") for _ in range(3)] == [{}] * 3
    members = hosts.run("n1", f"{DQLITE} .cluster")
    nodes = hosts.run("n1", "microk8s kubectl get nodes --request-timeout=5s")
    status = hosts.run("n1", "microk8s status --format yaml")

    assert members.returncode == 1
    assert members.stderr.startswith("Error: no available dqlite leader server found")
    assert nodes.returncode == 1
    assert status.returncode == 1
    assert status.stdout.splitlines()[:5] == [
        "microk8s:",
        "  running: False",
        "high-availability:",
        "  enabled: True",
        "  nodes:",
    ]
    for name in ("n2", "n3"):
        hosts.lab.boot(name)
    poll(lambda: len(hosts.roles("n1")) == 3, "quorum again", 60)


@pytest.mark.slow
def test_of_five_control_planes_two_dead_voters_at_once_end_quorum(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    names = ("n1", "n2", "n3", "n4", "n5")
    hosts.form(*names)
    voters = [name for name, role in hosts.roles("n1").items() if role == 0]
    survivor = next(name for name in names if name not in voters[:2])

    for name in voters[:2]:
        hosts.lab.kill(name)

    poll(lambda: hosts.roles(survivor) == {}, "the loss of quorum", 30)
    # No election follows: three of five machines live, but one voter of three.
    assert [hosts.roles(survivor) for _ in range(4)] == [{}] * 4
    for name in voters[:2]:
        hosts.lab.boot(name)


def test_of_five_control_planes_two_voters_may_die_one_after_the_other(
    hosts_in_both_modes: Hosts,
) -> None:
    hosts = hosts_in_both_modes
    names = ("n1", "n2", "n3", "n4", "n5")
    hosts.form(*names)
    dead: list[str] = []

    for _ in range(2):
        alive = [name for name in names if name not in dead]
        roles = hosts.roles(alive[0])
        dead.append(next(name for name in alive[1:] if roles[name] == 0))
        hosts.lab.kill(dead[-1])
        poll(lambda: three_live_voters(hosts, names, dead), "another voter in its place")

    assert len(hosts.roles("n1")) == 5
    for name in dead:
        hosts.lab.boot(name)


def three_live_voters(hosts: Hosts, names: tuple[str, ...], dead: list[str]) -> bool:
    alive = [name for name in names if name not in dead]
    roles = hosts.roles(alive[0])
    return sum(roles.get(name) == 0 for name in alive) == 3


def test_the_controlplane_flag_burns_the_token_and_a_host_name_does_not(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    tokens_file = "cat /var/snap/microk8s/current/credentials/cluster-tokens.txt"
    token = hosts.token("n1")

    by_name = hosts.run("n2", f"microk8s join n1.lab:25000/{token}")
    after_name = hosts.run("n1", tokens_file).stdout
    with_flag = hosts.join("n2", "n1", "--controlplane", token)
    after_flag = hosts.run("n1", tokens_file).stdout

    assert end_of(by_name) == (1, "Invalid connection: Invalid master IP")
    assert after_name == f"{token.partition('/')[0]}\n"
    assert with_flag.returncode == 1
    assert with_flag.stdout.splitlines()[-1] == (
        "Joining process failed. "
        "Make sure the cluster you connect to supports joining worker nodes."
    )
    assert after_flag == ""


def test_with_its_only_node_cordoned_a_healthy_cluster_is_not_running(hosts: Hosts) -> None:
    hosts.install("n1")
    hosts.run("n1", "microk8s status --wait-ready")

    cordon = hosts.run("n1", "microk8s kubectl cordon n1")
    status = hosts.run("n1", "microk8s status")

    assert end_of(cordon) == (0, "node/n1 cordoned")
    assert end_of(status) == (
        1,
        "microk8s is not running. Use microk8s inspect for a deeper inspection.",
    )


def test_a_second_install_changes_nothing_and_a_refresh_during_a_change_may_be_retried(
    hosts: Hosts,
) -> None:
    hosts.install("n1")
    busy = {"match": "snap refresh", "action": "snap-busy", "times": 1}
    hosts.lab.add_fault("n1", busy)

    second = hosts.run("n1", "snap install microk8s --classic --channel=1.33/stable")
    refused = hosts.run("n1", "snap refresh microk8s --channel=1.33/stable")
    tracking = hosts.run("n1", "snap list microk8s").stdout
    retried = hosts.run("n1", "snap refresh microk8s --channel=1.33/stable")

    message = "snap \"microk8s\" is already installed, see 'snap help refresh'"
    assert (second.returncode, second.stderr.strip()) == (0, message)
    assert refused.returncode == 10
    assert 'has "auto-refresh" change in progress' in refused.stderr
    assert CHANNEL in tracking
    assert end_of(retried) == (0, "microk8s (1.33/stable) v1.33.1 from Canonical** refreshed")
