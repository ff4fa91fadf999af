"""What a host calls itself, judged before it reaches any file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy_scripts.checks.node_names import LONGEST_NAME, OwnName, fault_of, host_lines

NAMES = ("n1", "n2", "n3")
ADDRESSES = {"n1": "10.79.0.11", "n2": "10.79.0.12", "n3": "10.79.0.13"}


def code(printed: list[str], name: str = "n3") -> str | None:
    fault = fault_of(name, OwnName().process(printed), NAMES)
    if fault is None:
        return None
    assert fault.message.startswith(f"{name} calls itself ")
    assert (fault.message + fault.advice).isprintable()
    assert len(fault.message) < 250
    return fault.code


@pytest.mark.parametrize(
    "printed",
    [
        ["Welcome to n3, have a nice day", "n3"],
        ["n3 vault.corp.example"],
        ["n3 localhost x"],
        ["n3\tvault"],
        [],
        ["localhost"],
        ["LOCALHOST.localdomain"],
        ["localhost4"],
        ["ip6-allnodes"],
        ["10.0.0.1"],
        ["n3.10"],
        ["-n3"],
        ["n3;reboot"],
        ["n3_b"],
        ["n3."],
        ["\x1b[31mn3"],
        ["n3\u202e"],
        ["n" * 64],
        ["n3." + ".".join(["x" * 60] * 5)],
        ["n3 " * 100_000],
    ],
)
def test_what_is_no_host_name_is_refused_and_shown_in_short(printed: list[str]) -> None:
    assert code(printed) == "host-name-invalid"


@pytest.mark.parametrize("own_name", ["n2", "N1", "n2.example.com", "n1.n3"])
def test_another_hosts_name_is_refused_with_a_domain_too(own_name: str) -> None:
    assert code([own_name]) == "host-name-duplicate"


@pytest.mark.parametrize("own_name", ["api.snapcraft.io", "n", "n33", "vault.corp.example", "a.n3"])
def test_any_other_name_is_refused_and_the_way_out_is_told(own_name: str) -> None:
    assert code([own_name]) == "host-name-differs"
    fault = fault_of("n3", own_name, NAMES)
    assert fault is not None
    assert "hostnamectl set-hostname n3" in fault.advice
    assert f"call it {own_name.partition('.')[0]} in the inventory" in fault.advice


@pytest.mark.parametrize("own_name", ["n3", "N3", "n3.example.com", "n3.n1"])
def test_a_host_may_call_itself_by_its_own_name_and_a_domain(own_name: str) -> None:
    assert code([own_name, ""]) is None


def test_of_two_names_that_fit_the_longer_one_counts() -> None:
    names = ("n3", "n3.lab")

    assert fault_of("n3.lab", "n3.lab.example.com", names) is None
    assert fault_of("n3", "n3.lab", names) is not None


def test_a_name_that_is_cut_is_no_shorter_name() -> None:
    own_name = OwnName().process(["n3." + "a" * 60 + ".b" * 200])

    assert len(own_name) == LONGEST_NAME
    assert code([own_name]) == "host-name-invalid"


def test_others_learn_a_name_only_where_it_is_the_inventorys_with_a_domain() -> None:
    own = {"n1": "N1", "n2": "n2.example.com", "n3": "archive.example.org"}

    assert host_lines(ADDRESSES, own) == (
        "10.79.0.11 N1 n1",
        "10.79.0.12 n2.example.com n2",
        "10.79.0.13 n3",
    )
    assert host_lines(ADDRESSES, {})[1] == "10.79.0.12 n2"


@given(st.one_of(st.text(max_size=300), st.text("n123. -\n", max_size=20)))
@settings(max_examples=200, deadline=None)
def test_whatever_a_host_calls_itself_its_line_has_its_own_names_alone(own_name: str) -> None:
    line = host_lines(ADDRESSES, {"n3": OwnName().process(own_name.split("\n"))})[2]

    address, *names = line.split(" ")
    assert address == "10.79.0.13"
    assert 1 <= len(names) <= 2
    assert all(name.lower() == "n3" or name.lower().startswith("n3.") for name in names)
    assert line.isprintable()
