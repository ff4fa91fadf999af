"""A cluster before and after a change, part by part."""

from hypothesis import given
from hypothesis import strategies as st

from cluster.drawing.before_after import Mark, parts, shape
from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole
from cluster.spec import Cluster, Environment, Node, Role

HOSTS = [f"n{number}" for number in range(1, 6)]
NODES = st.builds(
    Node,
    st.just(""),
    st.sampled_from(Role),
    st.sampled_from(["1.31/stable", "1.32/stable"]),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2),
    st.lists(st.sampled_from(["a=b:NoSchedule", "c:NoExecute"]), unique=True).map(tuple),
)


@st.composite
def clusters(draw):
    hosts = draw(st.lists(st.sampled_from(HOSTS), unique=True))
    rows = {host: draw(NODES) for host in hosts}
    nodes = {
        host: Node(host, row.role, row.channel, row.labels, row.taints)
        for host, row in rows.items()
    }
    addons = draw(st.lists(st.sampled_from(["dns", "ingress", "rbac"]), unique=True))
    return Cluster("prod", Environment.DEV, nodes, tuple(addons))


def names(found, what, *marks):
    return sorted(part.name for part in found if part.what == what and part.mark in marks)


@given(st.none() | clusters(), st.none() | clusters())
def test_what_stays_changes_and_goes_was_there_and_what_comes_is_there_afterwards(before, after):
    found = parts(before, after)

    for what, old, new in (
        ("node", before.nodes if before else (), after.nodes if after else ()),
        ("addon", before.addons if before else (), after.addons if after else ()),
    ):
        both = (Mark.STAYS, Mark.CHANGES)
        assert names(found, what, Mark.GOES, *both) == sorted(old)
        assert names(found, what, Mark.COMES, *both) == sorted(new)


@given(clusters(), clusters())
def test_a_node_changes_exactly_where_its_two_records_differ_and_says_how(before, after):
    for part in parts(before, after):
        if part.what == "node" and part.mark in {Mark.STAYS, Mark.CHANGES}:
            old, new = before.nodes[part.name], after.nodes[part.name]
            same = (old.role, old.channel, old.labels, {*old.taints}) == (
                *(new.role, new.channel, new.labels, {*new.taints}),
            )
            assert (part.mark is Mark.STAYS) == same == (not part.says)


def test_what_changes_of_a_node_is_told_in_words():
    old = Node("n1", Role.WORKER, "1.31/stable", {"disk": "hdd", "row": "a"}, ("gpu=y:NoSchedule",))
    new = Node("n1", Role.WORKER, "1.32/stable", {"disk": "ssd", "rack": "b"}, ())

    (part,) = parts(
        Cluster("prod", Environment.DEV, {"n1": old}), Cluster("prod", Environment.DEV, {"n1": new})
    )

    assert part.says == (
        "channel 1.31/stable → 1.32/stable",
        "label disk=hdd → ssd",
        "label row=a goes",
        "label rack=b comes",
        "taint gpu=y:NoSchedule goes",
    )


def test_an_addon_with_another_argument_changes():
    before = Cluster("prod", Environment.DEV, addons=("metallb:10.0.0.1-10.0.0.9", "dns"))
    after = Cluster("prod", Environment.DEV, addons=("metallb:10.0.0.1-10.0.0.20",))

    assert [(part.name, part.mark) for part in parts(before, after)] == [
        ("metallb:10.0.0.1-10.0.0.20", Mark.CHANGES),
        ("dns", Mark.GOES),
    ]


def test_what_was_seen_otherwise_than_the_record_has_it_stands_with_the_node():
    nodes = {
        "n1": Node("n1", Role.CONTROL_PLANE, "1.32/stable"),
        "n2": Node("n2", Role.CONTROL_PLANE, "1.32/stable", {"disk": "ssd"}),
        "n3": Node("n3", Role.WORKER, "1.32/stable"),
    }
    looked = Observation(
        at=1.0,
        seen_by=("n1",),
        has_leader=True,
        members=(
            SeenMember("n1", "10.0.0.1:19001", DqliteRole.VOTER, alive=True),
            SeenMember("n2", "10.0.0.2:19001", DqliteRole.VOTER, alive=False),
        ),
        nodes=(
            SeenNode("n1", "n1", ready=True, version="v1.32.3"),
            SeenNode("n2", "n2", schedulable=False, version="v1.31.9"),
        ),
    )
    cluster = Cluster("prod", Environment.DEV, nodes, observation=looked)

    assert {part.name: part.seen for part in parts(cluster, cluster)} == {
        "n1": (),
        "n2": (
            "a dead member of the datastore",
            "not Ready",
            "cordoned",
            "in version v1.31.9",
            "without label disk=ssd",
        ),
        "n3": ("not in Kubernetes",),
    }


def test_labels_that_were_recorded_after_the_last_look_are_not_missed_by_it():
    node = Node("n1", Role.WORKER, "1.32/stable", {"a": "x"}, ("c=:NoExecute",))
    row = SeenNode("n1", "n1", ready=True, version="v1.32.3")
    seen = Observation(100.0, ("n1",), True, (), (row,))

    def told(marked_at):
        there = Cluster(
            "prod", Environment.DEV, {"n1": node}, observation=seen, marked_at=marked_at
        )
        [part] = parts(there, there)
        return part.seen

    assert told(99.0) == ("without label a=x", "without taint c=:NoExecute")
    assert told(100.0) == ()


def test_what_was_seen_of_addons_otherwise_than_recorded_stands_with_them():
    shown = ("core/dns", "core/metallb:10.0.0.1-10.0.0.20")
    looked = Observation(1.0, ("n1",), True, (), (), addons=shown)
    addons = ("rbac", "metallb:10.0.0.1-10.0.0.9", "dns")
    cluster = Cluster("prod", Environment.DEV, addons=addons, observation=looked)

    assert {part.name: part.seen for part in parts(cluster, cluster)} == {
        "rbac": ("disabled",),
        "metallb:10.0.0.1-10.0.0.9": ("giving away 10.0.0.1-10.0.0.20",),
        "dns": (),
    }


def test_where_there_is_no_cluster_there_is_no_shape():
    assert shape(None) is None
    assert parts(None, None) == ()
