"""A host may print anything at all: it is read, judged and told without an accident."""

import json

import pytest
from fit_hosts import ADDRESSES, CONTROL_PLANE, fit
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy_scripts.checks import probe_network
from deploy_scripts.checks.host_answer import LONGEST_LINE, MOST_LINES, parse
from deploy_scripts.checks.host_facts import Mark
from deploy_scripts.checks.rules import judge

SECTIONS = {
    "sudo": ["yes", "sudo: a password is required"],
    "root-sudo": ["yes", "root is not in the sudoers file."],
    "system": ["cp-1 x86_64", "x86_64"],
    "cpus": ["4"],
    "memory": ["MemTotal:  8131760 kB"],
    "disk": ["Filesystem 1B-blocks Avail", "/dev/sda2 63089455104 46790086656 3932160 3500000"],
    "rotational": ["0", "1"],
    "network": [
        "2: ens3    inet 10.0.0.11/24 brd 10.0.0.255 scope global dynamic ens3",
        "default via 10.0.0.1 dev ens3 metric 100",
        "10.1.0.0/24 dev ens3 src 10.0.0.11",
        "local 127.0.0.1 dev lo src 127.0.0.1 uid 0",
        "10.0.0.12 dev ens3 src 10.0.0.11 uid 0",
    ],
    "links": ["3: vxlan.calico: <UP> mtu 1450 vxlan id 4096 dstport 4789", "9: cali0@if2: <UP>"],
    "speeds": ["ens3 1000"],
    "snap": ["snapd   2.63+24.04", "snapd unavailable"],
    "microk8s": ["tracking=1.32/stable", "members=3", "lock=no-cert-reissue", "lock=ours"],
    "mark": ["installation=a", "cluster=prod", "job=j"],
    "members": ["- Address: 10.0.0.12:19001"],
    "listening": ['udp UNCONN 0 0 0.0.0.0:4789 0.0.0.0:* users:(("socat",pid=1,fd=3))'],
    "foreign": ["/var/lib/rancher/k3s"],
    "cgroups": ["memory 0 1 0"],
    "controllers": ["cpu memory"],
    "container": ["lxc"],
    "lacks": ["/dev/kmsg"],
    "modprobe": ["missing", "overlay"],
    "cloud-init": ["manage_etc_hosts: true # always"],
    "time": ["NTPSynchronized=no"],
    "environment": ["HTTPS_PROXY=http://u:p@proxy:3128", "NO_PROXY=10.0.0.0/8,*"],
    "proxy": ["export no_proxy=10.0.0.11:80"],
    "ufw": ["Status: active"],
    "resolve": ["n2 10.0.0.12", "n3"],
    "store": ["channels:", "1.32/stable: v1.32.3", "1.31/edge: --"],
    "sent": ["1000.5"],
    "start": ["1003.0"],
    "end": ["1003.25", "nan", "1e999"],
}
"""Each section with lines that an honest host prints."""
PIECES = st.sampled_from(
    [
        *("", " ", "=", ":", "/", "@", "-", ".", '(("', "0", "9" * 5000, "1e999", "nan", "-1"),
        *("10.0.0.11", "256.1.1.1", "10.0.0.0/99", "::1", "dev", "src", "inet", "vxlan", "dstport"),
        *(
            "\x1b[2J",
            "\u0664",
            "\u00b2",
            "\0",
            "\u2028",
            "members=x",
            "tcp",
            "default",
            "\xe9" * 300,
        ),
    ]
)
JUNK = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=9).map(" ".join))


@st.composite
def damaged(draw: st.DrawFn, line: str) -> str:
    """An honest line of which a part is replaced by something else."""
    words = line.split(" ")
    words[draw(st.integers(0, len(words) - 1))] = draw(JUNK)
    return " ".join(words)


def lines_of(name: str) -> st.SearchStrategy[list[str]]:
    honest = st.sampled_from(SECTIONS[name])
    return st.lists(st.one_of(honest, honest.flatmap(damaged), JUNK), max_size=6)


def tell(lines: list[str]) -> None:
    """Read and judge an answer; what is told must be short, printable JSON."""
    facts = {"n1": parse(lines, received=1001.0), "n2": fit("n2")}
    for mark in (None, Mark("here", "prod", "j")):
        findings = judge(
            facts, CONTROL_PLANE, "lab", addresses=ADDRESSES, mark=mark, channel="1.32/stable"
        )
        for finding in findings:
            text = finding.message + finding.advice
            assert text.isprintable()
            assert len(text) < 6_000
            json.dumps(finding.as_dict(), allow_nan=False)


@given(st.lists(st.one_of(JUNK, st.sampled_from([f"@@{name}" for name in SECTIONS])), max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_lines_are_read_and_judged(lines: list[str]) -> None:
    tell(lines)


@pytest.mark.parametrize("name", SECTIONS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_each_section_may_hold_anything(name: str, data: st.DataObject) -> None:
    honest = [line for key, lines in SECTIONS.items() for line in (f"@@{key}", *lines)]
    place = honest.index(f"@@{name}")
    rest = honest[place + 1 + len(SECTIONS[name]) :]

    tell([*honest[: place + 1], *data.draw(lines_of(name)), *rest])


def test_what_no_honest_host_prints_so_much_of_is_cut() -> None:
    many = [f"tcp LISTEN 0 0 0.0.0.0:{port} 0.0.0.0:*" for port in range(60_000)]

    facts = parse(["@@listening", *many, "@@sudo", "x" * 10 * LONGEST_LINE], received=0.0)

    assert len(facts.listening) == MOST_LINES
    assert len(facts.sudo) <= LONGEST_LINE


def test_what_is_told_of_a_host_that_says_all_it_can_stays_short() -> None:
    devices = [f"{i}: cali{i}{'y' * 9}: vxlan dstport 4789" for i in range(4000)]
    addresses = [f"{i}: eth{i} inet 10.1.{i // 250}.{i % 250}/24" for i in range(2000)]
    routes = [f"10.1.{i % 250}.0/2{i % 9} dev {'x' * 300}" for i in range(2000)]
    store = [f"{'a' * 55}{i}/stable: x" for i in range(3000)]
    lines = {
        "sudo": ["no " * 5000],
        "system": ["n1" * 5000],
        "links": devices,
        "network": [*addresses, *routes],
        "foreign": ["/" + "f" * 4000] * 4000,
        "members": [f"- Address: 10.{i % 200}.{i // 200}.1:19001" for i in range(4000)],
        "store": ["channels:", *store],
        "environment": ["HTTPS_PROXY=" + "h" * 4000, "NO_PROXY=" + "10.9.9.1," * 400],
        "lacks": ["l" * 4000] * 10,
        "container": ["c" * 4000],
    }
    for role in ("tracking=", "tracking=1.32/stable", "unsure=" + "u" * 4000):
        answer = [row for name, rows in lines.items() for row in (f"@@{name}", *rows)]
        facts = {"n1": parse([*answer, "@@microk8s", role, "members=3"], received=1.0)}
        findings = judge(
            facts, CONTROL_PLANE, "lab", addresses=ADDRESSES, mark=Mark("a"), channel="1.32/stable"
        )

        assert len(json.dumps([each.as_dict() for each in findings])) < 20_000


PROBED = {
    "listening": {"25000/tcp": "open"},
    "reached": {"n2": {"25000/tcp": "refused"}},
    "round_trips": {"n2": [0.2, 0.3]},
}


def test_a_measurement_is_found_among_whatever_else_is_printed() -> None:
    seen = probe_network.parse(["Welcome!", json.dumps(PROBED), "logout"])

    assert seen == probe_network.Probe(
        listening={"25000/tcp": "open"},
        reached={"n2": {"25000/tcp": "refused"}},
        round_trips={"n2": (0.2, 0.3)},
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"listening": []},
        {"reached": {"n2": None}},
        {"reached": None},
        {"round_trips": {"n2": [1]}},
        {"round_trips": {"n2": [float("nan"), 1]}},
        {"round_trips": {"n2": [-1, 1]}},
        {"round_trips": {"n2": ["fast", 1]}},
        {"round_trips": {"n2": 7}},
        {"round_trips": {"n2": [10**400, 1]}},
        {"round_trips": {"n2": {}}},
    ],
    ids=str,
)
def test_a_measurement_of_another_shape_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="another shape"):
        probe_network.parse([json.dumps({**PROBED, **changes})])


@given(st.lists(JUNK, max_size=5), st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_other_answer_of_the_measurement_is_one_error(lines: list[str], rest: str) -> None:
    with pytest.raises(ValueError, match="another shape"):
        probe_network.parse([*lines, '{"listening"' + rest])


def test_a_measurement_nested_without_end_is_one_error_too() -> None:
    with pytest.raises(ValueError, match="another shape"):
        probe_network.parse(['{"listening":' + "[" * 200_000])
