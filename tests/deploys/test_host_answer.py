"""A host's answer to the survey, read."""

from dataclasses import replace

import pytest
from honest_answers import UBUNTU

from deploy_scripts.checks.host_answer import parse
from deploy_scripts.checks.host_facts import Address, Clock, Device, HostFacts, Route
from deploy_scripts.checks.host_survey import Survey
from deploy_scripts.fleet.marks import Mark


def test_all_that_a_host_says_is_read() -> None:
    facts = parse(UBUNTU.splitlines(), received=1001.0)

    assert facts == HostFacts(
        sudo="yes",
        python="/usr/bin/python3",
        hostname="cp-1",
        hostname_file="cp-1",
        machine_id="a1635674875d222a6b06d53beb3d7984",
        product_uuid="4C4C4544-0042-3510-8057-B4C04F4E3033",
        os="ubuntu 24.04",
        architecture="x86_64",
        cpus=4,
        memory=8131760 * 1024,
        disk_size=63089455104,
        disk_available=46790086656,
        inodes=3932160,
        inodes_free=3500000,
        rotational=False,
        addresses=(
            Address("lo", "127.0.0.1", 8),
            Address("ens3", "10.0.0.11", 24, dynamic=True),
            Address("tap0", "192.168.4.2", 32),
        ),
        routes=(
            Route("default", "ens3", "10.0.0.11", 100),
            Route("10.0.0.0/24", "ens3", "10.0.0.11", 100),
        ),
        ways={
            "10.0.0.11": Route("10.0.0.11", "lo", "10.0.0.11"),
            "10.0.0.12": Route("10.0.0.12", "ens3", "10.0.0.11"),
            "10.5.0.3": Route("10.5.0.3", "ens3", "10.0.0.11"),
        },
        devices=(Device("vxlan.calico", 4789), Device("cali0a")),
        speeds={"ens3": 1000},
        snapd="2.63+24.04",
        role="control-plane",
        channel="1.32/stable",
        mark=Mark("7f3a", "prod"),
        channels={
            "1.32/stable": True,
            "1.32/candidate": True,
            "1.31/edge": False,
            "latest/edge": True,
        },
        peers=("10.0.0.11", "10.0.0.12"),
        listening={
            "10248/tcp": "kubelite",
            "16443/tcp": "kubelite",
            "22/tcp": "",
            "4789/udp": "",
        },
        foreign=("/var/lib/rancher/k3s",),
        synchronised=False,
        proxies={"https_proxy": "http://proxy:3128"},
        no_proxy=("10.0.0.0/8,localhost",),
        ufw_active=True,
        memory_cgroup=False,
        container="lxc",
        lacks=("/dev/kmsg",),
        modprobe=False,
        modules=("overlay",),
        manage_etc_hosts="true",
        resolves={"cp-2": "10.0.0.12", "cp-3": ""},
        clock=Clock(least=2.25, most=2.5),
    )


def test_a_host_that_says_nothing_is_unknown_in_every_respect() -> None:
    facts = parse(["@@sent", "1.0", "@@sudo", "missing"], received=2.0)

    assert (facts.role, bool(facts.role_reason)) == ("unknown", True)
    assert replace(facts, role_reason="") == HostFacts(sudo="missing", role="unknown")


def test_what_sudo_answers_is_kept() -> None:
    facts = parse(["@@sudo", "sudo: a password is required"], received=0.0)

    assert facts.sudo == "sudo: a password is required"


def test_clocks_differ_by_what_their_bounds_prove_and_no_more() -> None:
    right, late = Clock(least=-0.1, most=0.2), Clock(least=2.0, most=2.3)

    assert (round(right.apart(late), 3), round(late.apart(right), 3)) == (1.8, 1.8)
    assert right.apart(Clock(least=0.1, most=9.0)) == 0.0


@pytest.mark.parametrize(
    ("environment", "proxy", "proxies", "no_proxy"),
    [
        (["ALL_PROXY=socks5://p:1"], [], {"all_proxy": "socks5://p:1"}, ()),
        ([], ["export http_proxy='http://p:1'"], {"http_proxy": "http://p:1"}, ()),
        (["NO_PROXY=a"], ["no_proxy=b"], {}, ("b", "a")),
        (["no_proxy=a", "NO_PROXY=a"], [], {}, ("a",)),
        ([], ["# http_proxy=http://p:1", "no_proxy="], {}, ()),
    ],
)
def test_proxies_are_read_from_the_start_file_and_the_environment(
    environment: list[str], proxy: list[str], proxies: dict[str, str], no_proxy: tuple[str, ...]
) -> None:
    facts = parse(["@@environment", *environment, "@@proxy", *proxy], received=0.0)

    assert (facts.proxies, facts.no_proxy) == (proxies, no_proxy)


@pytest.mark.parametrize(
    ("groups", "controllers", "expected"),
    [
        (["cpu\t0\t1\t1", "memory\t0\t100\t1"], [], True),
        (["cpu\t0\t1\t1", "memory\t0\t100\t0"], [], False),
        (["cpu\t0\t1\t1"], ["cpuset cpu io memory pids"], True),
        (["cpu\t0\t1\t1"], ["cpuset cpu io pids"], False),
        ([], [], None),
    ],
)
def test_the_memory_cgroup_is_known_from_either_place(
    groups: list[str], controllers: list[str], expected: bool | None
) -> None:
    lines = ["@@cgroups", *groups, "@@controllers", *controllers]

    assert parse(lines, received=0.0).memory_cgroup is expected


def test_a_file_system_that_counts_no_inodes_has_no_lack_of_them() -> None:
    facts = parse(["@@disk", "Filesystem", "/dev/sda2 100 50 0 0"], received=0.0)

    assert (facts.disk_size, facts.disk_available, facts.inodes, facts.inodes_free) == (
        *(100, 50),
        *(None, None),
    )


def test_of_two_default_routes_the_cheaper_one_is_taken() -> None:
    lines = ["default via 10.0.0.1 dev eth1 metric 200", "default via 10.0.2.2 dev eth0 metric 100"]

    route = parse(["@@network", *lines], received=0.0).default_route

    assert route == Route("default", "eth0", metric=100)


@pytest.mark.parametrize(
    "answer",
    [["Welcome to n1!"], ["Welcome!", "@@sent", "1.0", "@@sudo"], ["@@end", "2.0"]],
    ids=["another command answers", "it broke off", "it has no beginning"],
)
def test_an_answer_that_is_no_whole_survey_is_refused_with_its_likely_cause(
    answer: list[str],
) -> None:
    with pytest.raises(ValueError, match="the login shell or its start files keep"):
        Survey().process(answer)


def test_a_greeting_before_the_survey_is_nothing_that_the_host_says_of_itself() -> None:
    whole = ["Welcome to cp-9", "cp-9 x86_64", *UBUNTU.splitlines()]

    assert Survey().process(whole).hostname == "cp-1"
