"""What a look at a cluster means: parsed by pure functions, from recorded shapes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy_scripts.microk8s.facts import ROLE_NAMES, ClusterNodes, parse_view
from deploy_scripts.microk8s.view_parser import parse_listing

FIRST, SECOND = "10.0.0.1:19001", "10.0.0.2:19001"
BOOTSTRAP_ID = 3297041220608546238  # beyond 2**53: a float would change it
ROWS = [
    {"ID": BOOTSTRAP_ID, "Address": FIRST, "Role": 0},
    {"ID": 7, "Address": SECOND, "Role": 2},
]
CLUSTER = json.dumps(ROWS, indent="\t")
NOW = 1767323045
FRESH = "2026-01-02T03:04:00.500000Z"
"""When every lease was renewed, four seconds ago by the asked host's clock."""


def node(name="cp-1", address="10.0.0.1", *, ready="True", worker=False, more=""):
    kind = "worker" if worker else "controlplane"
    return (
        f'node name="{name}" version="v1.32.3"{more} address="{address}" ready="{ready}" '
        f'heard="2026-01-02T03:00:00Z" label="node.kubernetes.io/microk8s-{kind}"="x"'
    )


def lease(name="cp-1", renewed=FRESH):
    return f'lease name="{name}" renewed="{renewed}"'


def listing(*objects, count=None, end=f"@@end 0 {NOW}", error_lines=()):
    number = len(objects) if count is None else count
    return ["@@nodes", f"items={number}", *objects, end, *error_lines]


def silent(code=1, *error_lines):
    return ["@@nodes", f"@@end {code} {NOW}", *error_lines]


def view(*, cluster=CLUSTER, leader=FIRST, alive=(FIRST,), nodes=()):
    lines = ["@@cluster", *cluster.splitlines(), "@@leader", leader]
    return [*lines, *[f"@@alive {address}" for address in alive], *listing(*nodes)]


def leaderless(text, alive=()):
    return ["@@no-leader", *text.splitlines(), *[f"@@alive {a}" for a in alive], *silent()]


def seen_of(*objects):
    return parse_listing(listing(*objects))[0]


def test_members_carry_their_role_liveness_and_leadership():
    seen = parse_view(view(alive=[FIRST]))

    assert seen["has_leader"]
    assert seen["leader"] == FIRST
    assert seen["members"] == [
        {
            "address": FIRST,
            "id": str(BOOTSTRAP_ID),
            "role": "voter",
            "alive": True,
            "leader": True,
            "domain": None,
        },
        {
            "address": SECOND,
            "id": "7",
            "role": "spare",
            "alive": False,
            "leader": False,
            "domain": None,
        },
    ]


@pytest.mark.parametrize(
    ("told", "domain"),
    [("", None), (" ", None), (" 0", None), (" 1", 1), (f" {2**64 - 1}", 2**64 - 1)],
)
def test_a_member_that_answers_tells_the_failure_domain_that_it_runs_with(told, domain):
    seen = parse_view(view(alive=[f"{FIRST}{told}"]))

    assert (seen["members"][0]["alive"], seen["members"][0]["domain"]) == (True, domain)


@pytest.mark.parametrize("told", ["-1", "1.5", "one", "1 2", "9" * 21, "\u0664"])
def test_a_failure_domain_that_is_no_number_is_no_answer(told):
    with pytest.raises(ValueError, match="is no failure domain"):
        parse_view(view(alive=[f"{FIRST} {told}"]))


@pytest.mark.parametrize(
    "text",
    [
        f"- Address: {FIRST}\n  ID: {BOOTSTRAP_ID}\n  Role: 0\n",
        f"- ID: {BOOTSTRAP_ID}\n  Role: 0\n  Address: {FIRST}\n",
        f"- Role: 0\n  Address: {FIRST}\n  ID: {BOOTSTRAP_ID}\n",
    ],
    ids=["address first", "id first", "role first"],
)
def test_without_a_leader_the_members_come_from_the_file_whatever_its_key_order(text):
    seen = parse_view(leaderless(text))

    assert not seen["has_leader"]
    assert seen["leader"] == ""
    assert seen["members"] == [
        {
            "address": FIRST,
            "id": str(BOOTSTRAP_ID),
            "role": "voter",
            "alive": False,
            "leader": False,
            "domain": None,
        }
    ]


def test_several_members_of_the_file_are_kept_apart():
    text = f"- Address: {FIRST}\n  ID: 1\n  Role: 0\n- Address: {SECOND}\n  ID: 2\n  Role: 1\n"

    members = parse_view(leaderless(text))["members"]

    assert [(row["address"], row["id"], row["role"]) for row in members] == [
        (FIRST, "1", "voter"),
        (SECOND, "2", "stand-by"),
    ]


def test_a_host_without_a_datastore_has_no_members_and_no_nodes():
    assert parse_view(leaderless("")) == {
        "has_leader": False,
        "leader": "",
        "members": [],
        "nodes": None,
        "nodes_error": "kubectl ended with exit code 1, without a word",
    }


@pytest.mark.parametrize(
    ("code", "error_lines", "why"),
    [
        (1, ["microk8s is not running, try microk8s start"], "microk8s is not running, try"),
        (1, ["E0101 memcache.go:265] x", "The connection to 127.0.0.1:16443 was refused"], "The "),
        (1, ["Unable to connect", "", "E0101 memcache.go:265] late"], "Unable to connect"),
        (124, [], "kubectl did not end in time"),
        (127, ["timeout: failed to run command"], "timeout: failed"),
        (1, ["\x1b[31mred" + "x" * 900], r"\x1b[31mredxxx"),
    ],
    ids=["stopped", "log lines first", "log lines last", "too slow", "no kubectl", "babble"],
)
def test_an_api_that_does_not_answer_lists_no_nodes_and_says_why(code, error_lines, why):
    nodes, error = parse_listing(silent(code, *error_lines))

    assert nodes is None
    assert error.startswith(why)
    assert len(error) <= 200


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["@@nodes"],
        ["@@nodes", f"@@end 0 {NOW}"],
        ["@@nodes", "This MicroK8s deployment is acting as a node in a cluster.", f"@@end 0 {NOW}"],
        ["@@nodes", "items=0"],
        ["items=0", f"@@end 0 {NOW}"],
        listing(node(), count=2),
        listing(node(), node("cp-2", "10.0.0.2"), count=1),
        listing(node(), node()),
        listing(node(), end="@@end 0 today"),
        listing(node(), end="@@end 0"),
        listing(node(), error_lines=["and more"]),
        listing(node()[:-1]),
        listing(node() + " "),
        listing(node() + " of=one"),
        listing(node() + ' friend="x"'),
        listing(node() + ' label="a"'),
        listing(node() + ' label="a"="b"="c"'),
        listing(node() + ' label="a b"="c"'),
        listing(node() + ' label="a"="b\\"c"'),
        listing(node() + ' taint="a":"Sometimes"'),
        listing(node() + ' name="cp-2"'),
        listing(node(name="UPPER")),
        listing(node(name="-x")),
        listing(node(name="x" * 300)),
        listing(node(name="$(reboot)")),
        listing(node(address="10.0.0.256")),
        listing(node(address="cp-1")),
        listing(node(ready="Perhaps")),
        listing(node(), lease(renewed="yesterday")),
        listing(node(), lease(renewed="2026-13-02T03:04:05Z")),
        listing("pod" + node()[4:]),
        listing("%!q(<nil>)"),
    ],
)
def test_a_list_of_nodes_that_cannot_be_read_to_the_end_is_none_and_no_silent_api(lines):
    with pytest.raises(ValueError, match=r"\S"):
        parse_listing(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["@@cluster", *CLUSTER.splitlines()],
        ["@@cluster", *CLUSTER.splitlines(), "@@cluster", "[]", *listing()],
        ["@@cluster", "[]", "@@no-leader", *listing()],
        ["@@leader", FIRST, *listing()],
        ["@@alive 10.0.0.1:19001", "@@cluster", "[]", *listing()],
        ["@@cluster", "[]", f"@@alive {FIRST}", "a greeting", *listing()],
        ["@@cluster", "[]", "@@nonsense", *listing()],
        view(cluster="null"),
        view(cluster="{}x"),
        view(cluster='{"a": 1}'),
        view(cluster="[1]"),
        view(cluster='[{"ID": 1, "Address": "10.0.0.1:19001"}]'),
        view(cluster='[{"ID": 1, "Address": "10.0.0.1:19001", "Role": 9}]'),
        view(cluster='[{"ID": 1, "Address": "10.0.0.1:19001", "Role": true}]'),
        view(cluster='[{"ID": "1", "Address": "10.0.0.1:19001", "Role": 0}]'),
        view(cluster='[{"ID": 1, "Address": "cp-1:19001", "Role": 0}]'),
        view(cluster='[{"ID": 1, "Address": "10.0.0.1", "Role": 0}]'),
        view(cluster=json.dumps([*ROWS, *ROWS])),
        view(cluster="[" * 100_000),
        view(leader="nobody"),
        leaderless("bash: cannot set terminal process group"),
        leaderless(f"- Address: {FIRST}\n  ID: 1\n"),
        leaderless(f"  Address: {FIRST}\n"),
        leaderless(f"- Address: {FIRST}\n  ID: x\n  Role: 0\n"),
        leaderless(f"- Address: {FIRST}\n  ID: 1\n  Role: 7\n"),
    ],
)
def test_a_look_that_cannot_be_read_is_an_error_and_no_small_cluster(lines):
    with pytest.raises(ValueError, match=r"\S"):
        parse_view(lines)


def test_a_node_is_reduced_to_what_the_product_compares():
    key = "node-role.kubernetes.io/control-plane"
    more = f' cordoned taint="{key}":"NoSchedule" taint="team"="a":"NoExecute"'

    assert seen_of(node(more=more), lease()) == [
        {
            "name": "cp-1",
            "address": "10.0.0.1",
            "role": "control-plane",
            "condition": "True",
            "heard_ago": 5,
            "ready": True,
            "schedulable": False,
            "version": "v1.32.3",
            "labels": {"node.kubernetes.io/microk8s-controlplane": "x"},
            "taints": [f"{key}=:NoSchedule", "team=a:NoExecute"],
        }
    ]


@pytest.mark.parametrize("condition", ["False", "Unknown"])
def test_a_node_is_ready_only_when_its_condition_says_true(condition):
    worker = node("w-1", "10.0.0.9", worker=True)

    seen = seen_of(node(ready=condition), worker, lease(), lease("w-1"))

    assert [(row["role"], row["ready"]) for row in seen] == [
        ("control-plane", False),
        ("worker", True),
    ]


@pytest.mark.parametrize(
    ("renewed", "ready"),
    [
        ("2026-01-02T03:04:05Z", True),
        ("2026-01-02T03:03:21.000000Z", True),
        ("2026-01-02T03:03:19.000000Z", False),
        ("2026-01-02T03:02:00.000000Z", False),
        ("2026-01-02T03:04:50.000000Z", True),
        ("2026-01-02T03:04:51.000000Z", False),
        ("2027-01-02T03:04:05Z", False),
    ],
    ids=["now", "44 s", "46 s", "two minutes", "ahead a little", "ahead too far", "next year"],
)
def test_ready_is_believed_as_long_as_the_lease_is_fresh(renewed, ready):
    (seen,) = seen_of(node(), lease(renewed=renewed))

    assert (seen["condition"], seen["ready"]) == ("True", ready)


@pytest.mark.parametrize(
    ("heard", "objects", "ready"),
    [
        ("2026-01-02T03:04:00Z", [], True),
        ("2026-01-02T03:00:00Z", [], False),
        ("2026-01-02T03:00:00Z", ['lease name="cp-1" renewed=%!q(<nil>)'], False),
        ("2026-01-02T03:04:00Z", [lease("cp-2", "2026-01-02T01:00:00Z")], True),
    ],
    ids=["just registered", "long ago", "a lease without a time", "another node's lease"],
)
def test_a_node_without_a_lease_is_believed_as_long_as_its_heartbeat_is_fresh(
    heard, objects, ready
):
    fresh = node().replace("2026-01-02T03:00:00Z", heard)

    assert [row["ready"] for row in seen_of(fresh, *objects)] == [ready]


def test_a_node_that_was_never_heard_of_is_not_ready():
    bare = 'node name="cp-1" version=%!q(<nil>) ready="True" heard=%!q(<nil>)'

    (seen,) = seen_of(bare)

    assert (seen["ready"], seen["heard_ago"], seen["address"]) == (False, None, "")


def test_a_hundred_and_fifty_nodes_are_read_whole():
    names = [f"w-{number}" for number in range(150)]
    nodes = [node(name, f"10.0.0.{number + 1}") for number, name in enumerate(names)]

    seen = seen_of(*nodes, *map(lease, names))

    assert [row["name"] for row in seen] == names


def test_every_role_number_of_dqlite_has_a_name():
    assert ROLE_NAMES == {0: "voter", 1: "stand-by", 2: "spare"}


def test_the_nodes_alone_say_why_the_api_does_not_answer():
    assert ClusterNodes().process(silent(1, "refused")) == {"nodes": None, "nodes_error": "refused"}


LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from([*view(nodes=[node(), lease()]), *leaderless(""), "@@alive x"]),
    ),
    max_size=40,
)


@given(LINES)
def test_any_lines_are_a_checked_view_or_an_error(lines):
    try:
        seen = parse_view(lines)
    except ValueError:
        return
    assert all(row["role"] in ROLE_NAMES.values() for row in seen["members"])
    assert (seen["nodes"] is None) is bool(seen["nodes_error"])


@given(st.text(max_size=200), st.sampled_from(["name", "version", "label", "taint", "address"]))
def test_no_value_can_pass_for_another_field(value, field):
    line = f'node name="cp-1" version="v1" ready="False" heard="" {field}={value}'
    try:
        (seen,) = seen_of(line)
    except ValueError:
        return
    assert (seen["name"], seen["ready"], seen["schedulable"]) == ("cp-1", False, True)
