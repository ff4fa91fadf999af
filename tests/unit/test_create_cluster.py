"""Planning a ``create-cluster`` change: state in, plan out."""

import json

import pytest
from marshmallow import ValidationError

from cluster.actions import Action
from cluster.spec import DEDICATED_TAINT, Cluster, Environment, Host, Node, Role
from workflows.kinds.create_cluster import KIND, CreateClusterSchema
from workflows.plan import Change, Scope
from workflows.planner import planned as plan

KEY = "ssh-ed25519 " + "A" * 68


def hosts(*names, first=1, **values):
    """Hosts with an address each, from ``first`` on, unless ``values`` gives them another."""
    return {
        name: Host(name, f"10.0.{place // 200}.{place % 200}", KEY, **values)
        for place, name in enumerate(names, start=first)
    }


def planned(params, known=None, cluster=None, accept=()):
    names = [*params["control_plane"], *params.get("workers", [])]
    scope = Scope("prod", cluster, hosts(*names) if known is None else known)
    return plan(KIND, Change("prod", "create-cluster", params, accept=frozenset(accept)), scope)


def codes(found):
    return {finding.code for finding in found}


def names(found):
    return [step.name for step in found.steps]


def test_a_single_node_is_prepared_installed_and_verified():
    assert names(planned({"control_plane": ["n1"]})) == [
        "preflight",
        "prepare_hosts",
        "install_microk8s",
        "verify_quorum",
    ]


def test_the_addresses_of_metallb_are_asked_for_before_a_host_is_changed():
    story = planned({"control_plane": ["n1"], "addons": ["rbac", "metallb:10.0.0.200-10.0.0.209"]})

    assert names(story)[:3] == ["preflight", "probe_addresses", "prepare_hosts"]
    assert story.steps[1].args["ranges"] == "10.0.0.200-10.0.0.209"
    assert {code for code in codes(story.findings) if code.startswith("metallb")} == set()


def test_control_plane_nodes_join_one_by_one_and_the_voters_are_told_after_each():
    story = planned({"control_plane": ["n1", "n2", "n3"]})

    joins = [step for step in story.steps if step.name == "join_control_plane"]
    assert [(step.hosts, step.quorum.voters) for step in joins] == [(("n2",), 1), (("n3",), 3)]
    assert [step.guard.control_plane for step in joins] == [("n1",), ("n1", "n2")]


def test_a_jump_host_that_is_no_longer_known_refuses_the_plan_and_is_named():
    known = hosts("n1") | hosts("n2", "n3", first=2, jump="bastion")

    story = planned({"control_plane": ["n1", "n2", "n3"]}, known)

    found = story.refusals(frozenset())
    assert [(row.code, row.host) for row in found] == [
        ("unknown-jump", "n2"),
        ("unknown-jump", "n3"),
    ]
    assert "n2 is reached through jump host bastion, which is not in" in found[0].message
    assert found[0].actions == (Action.CHANGE_HOST.of(host="n2"),)


def test_a_way_that_goes_in_a_circle_refuses_the_plan():
    known = hosts("n1", jump="n2") | hosts("n2", jump="n1")

    story = planned({"control_plane": ["n1"]}, known)

    [found] = story.refusals(frozenset())
    assert found.code == "bad-jump"
    assert "n1 through n2 through n1" in found.message


def test_a_jump_host_may_stand_outside_of_the_cluster_or_be_a_node_of_it():
    known = hosts("bastion", "n1")
    known |= hosts("n2", first=3, jump="bastion") | hosts("n3", first=4, jump="n1")

    assert not planned({"control_plane": ["n1", "n2", "n3"]}, known).refusals(frozenset())


def test_separated_control_plane_nodes_are_tainted_before_the_last_verification():
    story = planned(
        {"topology": "separated", "control_plane": ["n1", "n2", "n3"], "workers": ["n4", "n5"]}
    )

    assert names(story) == [
        "preflight",
        "prepare_hosts",
        "install_microk8s",
        "join_control_plane",
        "join_control_plane",
        "verify_quorum",
        "join_workers",
        "label_nodes",
        "verify_quorum",
    ]
    taints = story.steps[-2].args["taints"]
    assert taints == {name: [DEDICATED_TAINT] for name in ("n1", "n2", "n3")}


def test_the_zone_of_a_host_becomes_a_label_and_the_request_wins():
    story = planned(
        {"control_plane": ["n1"], "labels": {"n1": {"disk": "ssd"}}},
        known=hosts("n1", zone="rack-1", labels={"disk": "hdd"}),
    )

    labels = next(step for step in story.steps if step.name == "label_nodes").args["labels"]
    assert labels == {"n1": {"topology.kubernetes.io/zone": "rack-1", "disk": "ssd"}}


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        ({"control_plane": ["n1", "n2"]}, "two-control-planes", "/params/control_plane"),
        (
            {"control_plane": ["n1"], "topology": "ha"},
            "topology-mismatch",
            "/params/topology",
        ),
        (
            {"control_plane": ["n1", "n2", "n3"], "topology": "single"},
            "topology-mismatch",
            "/params/topology",
        ),
        (
            {"control_plane": ["n1", "n2", "n3"], "topology": "separated"},
            "no-workers",
            "/params/workers",
        ),
        (
            {"control_plane": ["n1"], "channel": "1.32-strict/stable"},
            "strict-channel",
            "/params/channel",
        ),
        (
            {"control_plane": ["n1"], "addons": ["metallb"]},
            "metallb-without-range",
            "/params/addons",
        ),
    ],
)
def test_a_shape_that_cannot_be_is_refused_with_the_field_and_the_way_out(params, code, field):
    refusals = planned(params).refusals(frozenset({code}))

    assert [(f.code, f.field) for f in refusals] == [(code, field)]
    assert refusals[0].advice


def test_an_unknown_host_is_refused_by_its_place():
    story = planned({"control_plane": ["n1"], "workers": ["n9"]}, known=hosts("n1"))

    assert [(f.code, f.field) for f in story.refusals(frozenset())] == [
        ("unknown-host", "/params/workers/0")
    ]


def test_a_host_of_another_cluster_is_refused():
    story = planned({"control_plane": ["n1"]}, known=hosts("n1", cluster="lab"))

    (refusal,) = story.refusals(frozenset())
    assert refusal.message == "host n1 belongs to cluster lab"


def test_a_cluster_that_exists_is_not_created_again():
    node = Node("n1", Role.CONTROL_PLANE, "1.32/stable")
    there = Cluster("prod", Environment.DEV, {"n1": node})

    assert "cluster-exists" in codes(planned({"control_plane": ["n1"]}, cluster=there).findings)


def test_prod_without_high_availability_has_to_be_accepted():
    story = planned({"control_plane": ["n1"], "environment": "prod"})

    assert codes(story.refusals(frozenset())) == {"prod-without-ha"}
    assert story.refusals(frozenset({"prod-without-ha"})) == ()


def test_more_than_thirty_nodes_have_to_be_accepted_and_more_than_twenty_warn():
    many = [f"w{i}" for i in range(28)]

    assert codes(
        planned({"control_plane": ["n1", "n2", "n3"], "workers": many}).refusals(frozenset())
    ) == {"too-many-nodes"}
    assert "many-nodes" in codes(
        planned({"control_plane": ["n1", "n2", "n3"], "workers": many[:20]}).findings
    )


def test_four_control_plane_nodes_are_allowed_with_the_truth_about_them():
    story = planned({"control_plane": ["n1", "n2", "n3", "n4"]})

    (warning,) = [f for f in story.findings if f.code == "more-than-three-control-planes"]
    assert "3 voters, 1 may be lost at once" in warning.message
    assert story.refusals(frozenset()) == ()


def test_the_digest_changes_with_what_would_happen_and_with_nothing_else():
    params = {"control_plane": ["n1"]}

    assert planned(params).digest == planned(dict(params)).digest
    assert planned(params).digest != planned(params | {"channel": "1.33/stable"}).digest


def test_a_plan_is_json():
    story = planned({"control_plane": ["n1", "n2", "n3"], "workers": ["n4"], "addons": ["dns"]})

    assert json.loads(json.dumps(story.as_dict()))["digest"] == story.digest


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "control_plane"),
        ({"control_plane": []}, "control_plane"),
        ({"control_plane": ["n1; reboot"]}, "control_plane"),
        ({"control_plane": ["$(id)"]}, "control_plane"),
        ({"control_plane": ["N1"]}, "control_plane"),
        ({"control_plane": ["n1\n"]}, "control_plane"),
        ({"control_plane": ["n1", "n1"]}, "control_plane"),
        ({"control_plane": ["n1"], "workers": ["n1"]}, "workers"),
        ({"control_plane": ["n1"], "channel": "1.32"}, "channel"),
        ({"control_plane": ["n1"], "channel": "1.32/stable;id"}, "channel"),
        ({"control_plane": ["n1"], "channel": "1.32/`id`"}, "channel"),
        ({"control_plane": ["n1"], "addons": ["dns && id"]}, "addons"),
        ({"control_plane": ["n1"], "addons": ["dns:10.0.0.2", "core/dns:10.0.0.3"]}, "addons"),
        ({"control_plane": ["n1"], "topology": "star"}, "topology"),
        ({"control_plane": ["n1"], "environment": "live"}, "environment"),
        ({"control_plane": ["n1"], "labels": {"n1": {"a b": "c"}}}, "labels"),
        ({"control_plane": ["n1"], "labels": {"n2": {"a": "c"}}}, "labels"),
        ({"control_plane": ["n1"], "taints": {"n1": ["a=b"]}}, "taints"),
        ({"control_plane": "n1"}, "control_plane"),
        ({"control_plane": ["n1"], "color": "blue"}, "color"),
    ],
)
def test_params_that_cannot_be_are_refused_by_name(params, field):
    with pytest.raises(ValidationError) as refused:
        CreateClusterSchema().load(params)

    assert field in refused.value.normalized_messages()


@pytest.mark.parametrize(
    ("address", "node_address", "word"),
    [
        ("127.0.0.1", "", "a loopback address"),
        ("10.0.0.1", "127.0.0.1", "a loopback address"),
        ("10.0.0.1", "0.0.0.0", "no host's address"),  # noqa: S104  # judged, not bound
        ("10.0.0.1", "224.0.0.9", "a multicast address"),
        ("10.0.0.1", "169.254.1.1", "a link-local address"),
        ("10.0.0.1", "255.255.255.255", "the broadcast address"),
    ],
)
def test_a_node_address_that_nobody_reaches_is_refused_by_its_place(address, node_address, word):
    known = hosts("n1") | {"n2": Host("n2", address, KEY, node_address=node_address)}

    story = planned({"control_plane": ["n1"], "workers": ["n2"]}, known=known)

    assert [(f.code, f.host, f.field) for f in story.refusals(frozenset())] == [
        ("node-address-unusable", "n2", "/params/workers/0")
    ]
    assert word in story.findings[0].message
    assert story.findings[0].advice.startswith("say at which address the other nodes reach it")


def test_an_ssh_address_on_loopback_is_fine_where_a_node_address_is_given():
    known = {"n1": Host("n1", "127.0.77.11", KEY, port=2222, node_address="10.79.0.11")}

    assert planned({"control_plane": ["n1"]}, known=known).findings == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("10.0.2.15", ""), ("10.0.2.15", "")),
        (("127.0.0.1", "10.0.2.15"), ("127.0.0.2", "10.0.2.15")),
        (("10.0.0.1", "10.0.2.15"), ("10.0.2.15", "")),
    ],
    ids=["both addresses", "both node addresses", "one of each"],
)
def test_hosts_that_share_a_node_address_are_refused_before_anything_is_done(first, second):
    known = {
        name: Host(name, address, KEY, node_address=node_address)
        for name, (address, node_address) in (("n1", first), ("n2", second))
    }

    story = planned({"control_plane": ["n1"], "workers": ["n2"]}, known=known)

    assert [(f.code, f.field, f.acceptable) for f in story.refusals(frozenset())] == [
        ("node-address-duplicate", "/params/workers/0", False)
    ]
    assert "hosts n1, n2 have the same node address 10.0.2.15" in story.findings[0].message


def test_preflight_knows_the_channel_that_will_be_installed():
    story = planned({"control_plane": ["n1"], "channel": "1.31/stable"})

    assert story.steps[0].args["channel"] == "1.31/stable"
