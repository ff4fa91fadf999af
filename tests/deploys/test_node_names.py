"""What a host calls itself, judged before it reaches any file."""

import pytest

from deploy_scripts.node_names import OwnName, claimed_twice, host_lines, unfit_names


@pytest.mark.parametrize(
    "said",
    [
        ["Welcome to n2, have a nice day", "n2"],
        ["n2 api.example.com"],
        [],
        ["localhost"],
        ["localhost.localdomain"],
        ["10.0.0.1"],
        ["-n2"],
        ["n2;reboot"],
        ["n2_b"],
        ["\x1b[31mn2"],
        ["n" * 64],
        ["n2 " * 100_000],
    ],
)
def test_what_is_no_host_name_is_refused_and_shown_in_short(said: list[str]) -> None:
    [failure] = unfit_names({"n2": OwnName().process(said)})

    assert failure.host == "n2"
    assert failure.message.startswith("asked for its own name, it says ")
    assert failure.message.isprintable()
    assert len(failure.message) < 200


@pytest.mark.parametrize("name", ["n2", "N2", "n2.example.com", "2n", "ip-10-0-0-12", "n" * 63])
def test_a_host_name_is_taken_as_it_is(name: str) -> None:
    assert OwnName().process([name, ""]) == name
    assert list(unfit_names({"n2": name})) == []


def test_others_learn_a_name_only_where_it_is_the_inventorys_with_a_domain() -> None:
    addresses = {"n1": "10.79.0.11", "n2": "10.79.0.12", "n3": "10.79.0.13"}
    own = {"n1": "N1", "n2": "n2.example.com", "n3": "archive.example.org"}

    assert host_lines(addresses, own, here="n1") == (
        "10.79.0.11 N1 n1",
        "10.79.0.12 n2.example.com n2",
        "10.79.0.13 n3",
    )
    assert host_lines(addresses, own, here="n3")[2] == "10.79.0.13 archive.example.org n3"
    assert host_lines(addresses, {})[1] == "10.79.0.12 n2"


def test_a_host_that_calls_itself_by_anothers_name_is_told() -> None:
    own = {"n1": "n1", "n2": "N1", "n3": "n3.example.com"}

    assert list(claimed_twice(own)) == ["n2 calls itself N1, which is the name of another host"]
