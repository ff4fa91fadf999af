"""A cluster written as a file and read again is the same cluster, whatever cluster it is."""

from dataclasses import replace

from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from kind_worlds import hosts

from cluster.addon_names import canonical
from cluster.names import LABEL_KEY, LABEL_VALUE, TAINT, place_of
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Cluster, Environment, Node, Role
from workflows.cluster_file.differences import differences
from workflows.cluster_file.reading import read_file
from workflows.cluster_file.writing import file_text
from workflows.kinds.apply import KIND, ApplySchema
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned

VALUES = ["", "ssd", "yes", "no", "1", "1.5", "0x1f", "null", "2026-11-27", "1e3", "a-b"]
LABEL_KEYS = st.one_of(
    st.from_regex(r"[a-z]{1,5}", fullmatch=True),
    st.from_regex(LABEL_KEY, fullmatch=True),
    st.sampled_from(["yes", "on", "null", "1", "example.com/no", ZONE_LABEL]),
)
LABELS = st.dictionaries(
    LABEL_KEYS,
    st.one_of(st.sampled_from(VALUES), st.from_regex(LABEL_VALUE, fullmatch=True)),
    max_size=4,
)
TAINTS = st.lists(
    st.one_of(
        st.sampled_from(["gpu=yes:NoSchedule", "a=:NoExecute", "b=1:PreferNoSchedule"]),
        st.from_regex(TAINT, fullmatch=True),
    ),
    unique_by=place_of,
    max_size=4,
).map(tuple)
ADDONS = st.lists(
    st.sampled_from(
        [
            *("rbac", "core/metrics-server", "storage", "dns:10.0.0.53,10.0.0.54"),
            *("metallb:10.9.0.1-10.9.0.9", "registry:size=40Gi", "community", "community/argocd"),
            *("ingress:default-ssl-certificate=web/tls", "cert-manager"),
        ]
    ),
    unique_by=canonical,
).map(tuple)


@st.composite
def clusters(draw):
    """A formed cluster of one to five nodes of one channel, its control plane dedicated or not."""
    roles = [Role.CONTROL_PLANE, *draw(st.lists(st.sampled_from(Role), max_size=4))]
    channel = draw(st.sampled_from(["1.32/stable", "latest/edge", "1.30-strict/candidate"]))
    names = draw(st.permutations(["n1", "n2", "n3", "n4", "null"]))
    is_dedicated = draw(st.booleans())
    nodes = {}
    for name, role in zip(names, roles, strict=False):
        taints = draw(TAINTS)
        if is_dedicated and role is Role.CONTROL_PLANE and DEDICATED_TAINT not in taints:
            taints = (DEDICATED_TAINT, *taints)
        nodes[name] = Node(name, role, channel, draw(LABELS), taints)
    return Cluster("prod", draw(st.sampled_from(Environment)), nodes, draw(ADDONS))


def wanted(text):
    return ApplySchema().load(read_file(text, "prod"))


@with_settings(deadline=None)  # a first example fills caches
@given(clusters())
def test_a_written_file_read_again_has_no_difference_and_asks_for_nothing(cluster):
    known = hosts(dict.fromkeys(cluster.nodes, "prod"))
    text = file_text(cluster, known)

    params = normalised(KIND, read_file(text, "prod") | {"prune": True})
    scope = Scope("prod", cluster, known, record=cluster)
    plan = planned(KIND, Change("prod", "apply", params), scope)

    assert list(differences(wanted(text), "prod", cluster, known)) == []
    assert [step.name for step in plan.steps] == ["observe"]
    assert "nothing-to-do" in [row.code for row in plan.findings]


@with_settings(deadline=None)  # a first example fills caches
@given(clusters())
def test_a_file_written_of_what_it_declares_is_the_same_file(cluster):
    known = hosts({})
    text = file_text(cluster, known)
    declared = wanted(text)
    nodes = {
        host: Node(
            host,
            role,
            declared.channel,
            declared.labels.get(host, {}),
            declared.taints.get(host, ()),
        )
        for host, role in declared.roles.items()
    }
    again = Cluster("prod", declared.environment, nodes, declared.addons)

    ordered = replace(cluster, nodes={host: cluster.nodes[host] for host in declared.roles})
    assert file_text(again, known) == file_text(ordered, known)
