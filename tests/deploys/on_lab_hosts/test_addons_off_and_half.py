"""Addons that are disabled and come back, that were enabled half, and agents that are silent."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from steps import StepFailed, Steps, effects
from variants import first_of

from lab import Lab

MICROK8S = "/snap/bin/microk8s"
NOTES = "/var/lib/clusterwright/addons"
RANGE = "10.79.0.200-10.79.0.203"
POOLS = (
    f"{MICROK8S} kubectl -n metallb-system get ipaddresspools.metallb.io "
    "-o jsonpath='{.items[*].spec.addresses[*]}'"
)


def args(*addons: str, hosts: tuple[str, ...] = ("n1",)) -> dict[str, object]:
    return {"seed": "n1", "addons": list(addons), "hosts": list(hosts)}


@pytest.fixture
def node(steps: Steps) -> Steps:
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    return steps


@pytest.fixture
def cluster(steps: Steps) -> Steps:
    """A seed and one worker."""
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel="1.32/stable")
    steps.apply("join_workers", seed="n1", hosts=["n2"])
    return steps


def is_enabled(lab: Lab, addon: str) -> bool:
    return f"core/{addon}: enabled\n" in lab.exec("n1", f"{MICROK8S} status --format short").stdout


def pools(lab: Lab) -> str:
    return lab.exec("n1", POOLS).stdout


def switches(lab: Lab) -> list[tuple[str, str]]:
    return [(row["verb"], row["addon"]) for row in effects(lab, "n1", "addon-changed")]


def test_what_is_disabled_comes_back_as_it_was_and_nothing_else_does(lab: Lab, node: Steps) -> None:
    lab.exec("n1", f"{MICROK8S} enable metallb:{RANGE}; {MICROK8S} enable ingress")
    change = args("metallb", "ingress", "rbac")
    for _ in range(2):
        node.apply("disable_addons", **change)
    left = (is_enabled(lab, "metallb"), is_enabled(lab, "ingress"))

    for _ in range(2):
        node.undo("disable_addons", **change)

    assert left == (False, False)
    assert is_enabled(lab, "ingress")
    assert not is_enabled(lab, "rbac")
    assert pools(lab) == RANGE
    assert switches(lab)[2:] == [
        ("disable", "metallb"),
        ("disable", "ingress"),
        ("enable", "ingress"),
        ("enable", "metallb"),
    ]
    assert lab.exec("n1", f"ls {NOTES}*").stdout == ""


@pytest.mark.slow
def test_another_argument_is_taken_back_to_the_one_of_before(lab: Lab, node: Steps) -> None:
    lab.exec("n1", f"{MICROK8S} enable metallb:{RANGE}")
    former, wanted = args(f"metallb:{RANGE}"), args("metallb:10.79.0.240-10.79.0.249")
    node.apply("disable_addons", **former)
    gone = pools(lab)
    node.apply("enable_addons", **wanted)
    changed = pools(lab)

    node.undo("enable_addons", **wanted)
    node.undo("disable_addons", **former)

    assert (gone, changed) == ("", "10.79.0.240-10.79.0.249")
    assert pools(lab) == RANGE
    assert lab.exec("n1", f"ls {NOTES}*").stdout == ""


@pytest.mark.slow
def test_a_disable_that_is_not_shown_is_no_success(lab: Lab, node: Steps) -> None:
    lab.exec("n1", f"{MICROK8S} enable ingress")
    lab.add_fault("n1", {"match": "microk8s disable", "action": "fail-before", "text": "no way"})
    fast_clock(lab)

    with pytest.raises(StepFailed, match=r"cannot disable ingress: .* it said last: no way"):
        node.apply("disable_addons", **args("ingress"))

    assert is_enabled(lab, "ingress")


def test_an_addon_that_this_microk8s_lacks_is_not_disabled(node: Steps) -> None:
    with pytest.raises(StepFailed, match="cannot disable nosuch: this MicroK8s has no") as caught:
        node.apply("disable_addons", **args("nosuch"))

    assert caught.value.kind == "Permanent"


@pytest.mark.parametrize("step", first_of(["disable_addons", "enable_addons"]))
def test_nothing_is_switched_while_the_agent_of_a_node_is_silent(
    lab: Lab, cluster: Steps, step: str
) -> None:
    lab.add_fault("n2", {"match": "agent health", "action": "fail-before"})

    with pytest.raises(StepFailed) as caught:
        cluster.apply(step, **args("rbac", hosts=("n1", "n2")))

    assert caught.value.kind == "Transient"
    assert "the cluster agent of n2 at 10.79.0.12:25000 does not answer" in caught.value.message
    assert [row["host"] for row in caught.value.answer["error"]["failures"]] == ["n2"]
    assert effects(lab, "n1", "addon-changed") == []


@pytest.mark.slow
def test_a_host_that_was_given_up_is_not_waited_for(lab: Lab, cluster: Steps) -> None:
    lab.exec("n1", f"{MICROK8S} enable ingress")
    cluster.apply("disable_addons", **args("ingress", hosts=("n1", "n2")))
    lab.exec("n2", "snap stop microk8s")
    cluster.lost = ["n2"]

    cluster.undo("disable_addons", **args("ingress", hosts=("n1", "n2")))

    assert is_enabled(lab, "ingress")


@pytest.mark.parametrize("who", first_of(["our own attempt", "somebody else"]))
def test_metallb_without_its_pool_is_finished_although_it_is_shown_enabled(
    lab: Lab, node: Steps, who: str
) -> None:
    lab.add_fault("n1", {"match": "microk8s enable", "action": "without-pool", "times": 1})
    if who == "somebody else":
        lab.exec("n1", f"{MICROK8S} enable metallb:{RANGE}")
    else:
        with pytest.raises(StepFailed, match="it has no address pool; it said last: MetalLB cont"):
            node.apply("enable_addons", **args(f"metallb:{RANGE}"))
    half = (is_enabled(lab, "metallb"), pools(lab))

    for _ in range(2):
        node.apply("enable_addons", **args(f"metallb:{RANGE}"))

    assert half == (True, "")
    assert pools(lab) == RANGE
    assert [verb for verb, _ in switches(lab)] == ["enable", "disable", "enable"]
    node.undo("enable_addons", **args(f"metallb:{RANGE}"))
    assert is_enabled(lab, "metallb") is (who == "somebody else")
    assert lab.exec("n1", f"ls {NOTES}*").stdout == ""


def test_an_enabling_that_was_killed_is_finished(lab: Lab, node: Steps) -> None:
    """MicroK8s takes it for enabled; what it still had to do is not known."""
    lab.exec("n1", f"mkdir -p {NOTES.rpartition('/')[0]}; echo rbac | tee {NOTES} >{NOTES}.begun")
    lab.exec("n1", f"{MICROK8S} enable rbac")

    node.apply("enable_addons", **args("rbac"))

    assert switches(lab) == [("enable", "rbac"), ("disable", "rbac"), ("enable", "rbac")]
    assert lab.exec("n1", f"ls {NOTES}*").stdout == f"{NOTES}\n"


def test_an_enable_that_succeeds_in_words_alone_is_no_success(lab: Lab, node: Steps) -> None:
    lab.add_fault("n1", {"match": "microk8s enable", "action": "false-success", "times": 1})
    fast_clock(lab)

    with pytest.raises(StepFailed, match=r"does not show it enabled; it said last: ingress is en"):
        node.apply("enable_addons", **args("ingress"))
    node.apply("enable_addons", **args("ingress"))

    assert is_enabled(lab, "ingress")
    assert lab.exec("n1", f"cat {NOTES}.begun").stdout == ""


@pytest.mark.slow
def test_metallb_that_gives_other_addresses_away_is_left_alone(lab: Lab, node: Steps) -> None:
    lab.exec("n1", f"{MICROK8S} enable metallb:10.79.0.240-10.79.0.249")

    with pytest.raises(StepFailed, match=r"with other addresses, 10\.79\.0\.240-") as caught:
        node.apply("enable_addons", **args(f"metallb:{RANGE}"))

    assert caught.value.kind == "Permanent"
    assert pools(lab) == "10.79.0.240-10.79.0.249"


def test_free_addresses_of_the_subnet_pass(node: Steps) -> None:
    output = node.apply("probe_addresses", host="n1", ranges=RANGE)

    assert output == {"findings": [], "asked": 4}


def test_an_address_that_a_machine_has_is_found_although_it_drops_echoes(
    lab: Lab, steps: Steps
) -> None:
    with occupied(lab), pytest.raises(StepFailed) as caught:
        steps.apply("probe_addresses", host="n1", ranges=RANGE)

    assert caught.value.kind == "Permanent"
    assert "1 of 4 addresses for metallb is in use, as n1 sees it: 10.79.0.202 (" in (
        caught.value.message
    )


@pytest.mark.slow
def test_an_address_in_use_is_accepted_or_the_clusters_own(lab: Lab, steps: Steps) -> None:
    probe = {"host": "n1", "ranges": RANGE}
    with occupied(lab):
        accepted = steps.apply("probe_addresses", **probe, accept=["metallb-address-in-use"])
        again = steps.apply("probe_addresses", **probe, accept=["metallb-address-in-use"])
        own = steps.apply("probe_addresses", **probe, own="10.79.0.202/32")
    freed = steps.apply("probe_addresses", **probe)

    assert [row["code"] for row in accepted["findings"]] == ["metallb-address-in-use"]
    assert again == accepted
    assert own == {"findings": [], "asked": 3}
    assert freed == {"findings": [], "asked": 4}, "what the kernel remembers is no answer"


def test_a_range_of_another_subnet_is_refused(steps: Steps) -> None:
    with pytest.raises(StepFailed, match=r"is not in 10\.79\.0\.0/24, the subnet of the nodes"):
        steps.apply("probe_addresses", host="n1", ranges="10.79.1.200-10.79.1.203")


@contextmanager
def occupied(lab: Lab) -> Iterator[None]:
    """Give the machine n4 an address of the range, at which it answers no echo."""
    echo = "net.ipv4.icmp_echo_ignore_all"
    lab.exec("n4", f"ip address add 10.79.0.202/24 dev eth0; sysctl -w {echo}=1")
    try:
        yield
    finally:
        lab.exec("n4", f"sysctl -w {echo}=0; ip address delete 10.79.0.202/24 dev eth0")


def fast_clock(lab: Lab) -> None:
    """Let a minute pass in less than a second where a script looks at the clock."""
    lab.exec(
        "n1",
        "printf '#!/bin/sh\\necho $(($(/usr/bin/date +%s%N) / 10000000))\\n' "
        ">/usr/local/bin/date; chmod +x /usr/local/bin/date",
    )
