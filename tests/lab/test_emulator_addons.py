"""`microk8s enable` and `disable` with their effects, and how they stop half-way."""

import os
from collections.abc import Iterator

import pytest
from emulated import Hosts, poll
from variants import first_of

from lab import Lab

POOLS = (
    "microk8s kubectl -n metallb-system get ipaddresspools.metallb.io "
    "-o jsonpath='{.items[*].spec.addresses[*]}'"
)
RANGES = "10.79.0.200-10.79.0.203,10.79.0.208/30"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(2, name=f"emulator-addons-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    hosts = Hosts(module_lab)
    hosts.install("n1")
    hosts.run("n1", "microk8s status --wait-ready")
    return hosts


def is_enabled(hosts: Hosts, addon: str) -> bool:
    return f"core/{addon}: enabled\n" in hosts.out("n1", "microk8s status --format short")


def test_metallb_has_a_pool_while_it_is_enabled_and_its_kind_goes_with_it(hosts: Hosts) -> None:
    before = hosts.run("n1", POOLS)
    enabled = hosts.run("n1", f"microk8s enable metallb:{RANGES}")
    lent = hosts.out("n1", POOLS)
    pods = hosts.out("n1", "microk8s kubectl -n metallb-system get pods --no-headers")
    disabled = hosts.run("n1", "microk8s disable metallb")
    after = hosts.run("n1", POOLS)

    assert enabled.stdout.endswith("MetalLB is enabled\n")
    assert lent == RANGES.replace(",", " ")
    assert "controller-" in pods
    assert disabled.stdout.endswith("MetalLB is terminated\n")
    assert 'the server doesn\'t have a resource type "ipaddresspools"' in before.stderr
    assert (after.returncode, after.stderr) == (before.returncode, before.stderr)


@pytest.mark.parametrize(
    ("argument", "text"),
    first_of(
        [
            (":10.79.0.5", "Your input value (10.79.0.5) is not a valid IP Range\n"),
            (":nonsense", "Your input value (nonsense) is not a valid IP Range\n"),
            (
                ":10.79.0.1-10.79.0.2,10.79.0.1/99",
                "Your input value (10.79.0.1/99) is not a valid IP Range\n",
            ),
        ]
    ),
)
def test_a_bad_range_is_told_in_microk8s_words_and_changes_nothing(
    hosts: Hosts, argument: str, text: str
) -> None:
    output = hosts.run("n1", f"microk8s enable metallb{argument}")

    assert output.returncode == 1
    assert output.stdout.endswith(text)
    assert not is_enabled(hosts, "metallb")


def test_metallb_without_a_range_asks_for_it_and_fails_where_nobody_answers(hosts: Hosts) -> None:
    output = hosts.run("n1", "microk8s enable metallb </dev/null")

    assert output.returncode == 1
    assert "Enter each IP address range delimited by comma" in output.stdout + output.stderr
    assert not is_enabled(hosts, "metallb")


def test_an_enable_that_is_interrupted_has_pods_and_no_pool_and_cannot_be_repeated(
    hosts: Hosts,
) -> None:
    hosts.lab.add_fault("n1", {"match": "microk8s enable", "action": "without-pool", "times": 1})

    interrupted = hosts.run("n1", f"microk8s enable metallb:{RANGES}")
    again = hosts.run("n1", f"microk8s enable metallb:{RANGES}")

    assert interrupted.returncode == 1
    assert is_enabled(hosts, "metallb")
    assert again.stdout.endswith("Addon core/metallb is already enabled\n")
    assert hosts.out("n1", POOLS) == ""


def test_an_enable_may_say_that_it_succeeded_and_do_nothing(hosts: Hosts) -> None:
    hosts.lab.add_fault("n1", {"match": "microk8s enable", "action": "false-success"})

    output = hosts.run("n1", "microk8s enable metrics-server")

    assert (output.returncode, output.stdout) == (0, "metrics-server is enabled\n")
    assert not is_enabled(hosts, "metrics-server")


def test_an_enable_that_misses_the_agent_of_a_node_is_half_applied(hosts: Hosts) -> None:
    hosts.install("n2")
    assert hosts.join("n2", options="--worker").returncode == 0
    poll(lambda: hosts.node_status("n2") == "Ready", "the node")
    hosts.run("n2", "snap stop microk8s")

    output = hosts.run("n1", "microk8s enable registry")

    assert output.returncode == 1
    assert "Failed to reach node." in output.stdout
    assert "HTTPSConnectionPool(host='10.79.0.12', port=25000): Max retries" in output.stdout
    assert is_enabled(hosts, "registry")


def test_disabling_takes_the_pods_away_and_twice_is_no_error(hosts: Hosts) -> None:
    hosts.run("n1", "microk8s enable metrics-server")
    pods = "microk8s kubectl -n kube-system get pods --no-headers | grep metrics-server"
    before = hosts.out("n1", pods)

    first = hosts.run("n1", "microk8s disable metrics-server")
    second = hosts.run("n1", "microk8s disable metrics-server")

    assert before
    assert (first.returncode, hosts.out("n1", pods)) == (0, "")
    assert second.stdout == "Addon core/metrics-server is already disabled\n"
