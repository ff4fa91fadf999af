"""Whom NO_PROXY keeps from the proxy, as the programs that read it agree."""

import pytest
from fit_hosts import ADDRESSES, judged

from deploy_scripts.checks.proxy_rules import ALWAYS, covers

PROXY = {"https_proxy": "http://user:secret@proxy:3128"}
ALL = ",".join((*ADDRESSES.values(), *ALWAYS))


@pytest.mark.parametrize(
    ("entries", "what", "expected"),
    [
        ("*", "10.0.0.11", True),
        ("*,localhost", "10.0.0.11", False),
        ("10.0.0.11", "10.0.0.11", True),
        ("10.0.0.11", "10.0.0.1", False),
        ("10.0.0.0/24", "10.0.0.11", True),
        ("10.0.0.0/29", "10.0.0.11", False),
        ("10.0.0.7/24", "10.0.0.11", True),
        ("10.0.0.11:16443", "10.0.0.11", False),
        ("10.0.0.", "10.0.0.11", False),
        ("10.0.0.*", "10.0.0.11", False),
        ("10.0.0.0/99", "10.0.0.11", False),
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.1.0.0/24", "10.1.0.0/16", False),
        ("10.1.2.3", "10.1.0.0/16", False),
        ("localhost", "localhost", True),
        ("LOCALHOST", "localhost", True),
        (".localhost", "localhost", True),
        ("*.localhost", "localhost", True),
        ("host", "localhost", False),
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.1", "localhost", False),
        ("::1", "127.0.0.1", False),
        ("", "10.0.0.11", False),
    ],
)
def test_an_entry_covers_what_every_program_takes_it_for(
    entries: str, what: str, *, expected: bool
) -> None:
    assert covers(entries.split(","), what) is expected


@pytest.mark.parametrize(
    "value",
    [ALL, ALL.replace(",", ", "), "10.0.0.0/8,127.0.0.0/8,localhost", "*", f"{ALL},x:1,.svc"],
)
def test_nothing_is_said_where_all_nodes_pods_and_services_are_covered(value: str) -> None:
    assert judged(proxies=PROXY, no_proxy=(value,)) == ()


def test_the_line_to_write_keeps_what_is_there_and_adds_what_is_missing() -> None:
    value = "intranet.example,10.0.0.11,$(reboot),localhost"

    finding = judged(proxies=PROXY, no_proxy=(value,))[0]

    assert finding.code == "no-proxy-incomplete"
    assert finding.needed == [
        *("10.0.0.12", "10.0.0.13", "127.0.0.1"),
        *("10.1.0.0/16", "10.152.183.0/24"),
    ]
    assert finding.advice == (
        "write into /etc/environment on n1: NO_PROXY=intranet.example,10.0.0.11,localhost,"
        "10.0.0.12,10.0.0.13,127.0.0.1,10.1.0.0/16,10.152.183.0/24,.svc,.cluster.local; "
        "and the same for no_proxy"
    )
    assert "10.0.0.12, 10.0.0.13, 127.0.0.1, 10.1.0.0/16 and 1 more" in finding.message


def test_a_proxys_password_is_not_repeated() -> None:
    finding = judged(proxies=PROXY)[0]

    assert "https_proxy=http://proxy:3128" in finding.message
    assert "secret" not in f"{finding.message}{finding.advice}{finding.measured}"


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
def test_every_kind_of_proxy_counts(name: str) -> None:
    assert [each.code for each in judged(proxies={name: "http://p:1"})] == [
        "proxy-without-no-proxy"
    ]


def test_the_two_spellings_must_both_cover_since_programs_differ_in_which_they_read() -> None:
    finding = judged(proxies=PROXY, no_proxy=(ALL, "10.0.0.11"))[0]

    assert "10.0.0.12" in finding.needed


def test_a_no_proxy_without_a_proxy_is_nobodys_concern() -> None:
    assert judged(no_proxy=("nonsense",)) == ()
