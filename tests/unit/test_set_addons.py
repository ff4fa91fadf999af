"""Planning a ``set-addons`` change: what is switched, and what is refused or warned of."""

import re
from dataclasses import replace

import pytest
from kind_worlds import formed, hosts
from marshmallow import ValidationError

from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole
from cluster.spec import Host
from workflows.kinds.add_nodes import KIND as ADD
from workflows.kinds.set_addons import KIND
from workflows.metallb_rules import gives_addresses
from workflows.plan import Change, Scope
from workflows.planner import planned
from workflows.writes import after

KEY = "ssh-ed25519 " + "A" * 68
NODES = {"control_plane": ["n1", "n2", "n3"]}
METALLB = "metallb:10.0.0.200-10.0.0.209"


def story(params, addons=(), **scope):
    cluster = replace(formed("prod", NODES), addons=tuple(addons))
    scope = {"hosts": hosts(dict.fromkeys(cluster.nodes, "prod")), **scope}
    return planned(KIND, Change("prod", "set-addons", params), Scope("prod", cluster, **scope))


def found(params, addons=(), **scope):
    return {finding.code: finding for finding in story(params, addons, **scope).findings}


def switched(params, addons=()):
    return [
        (step.name, step.args["addons"])
        for step in story(params, addons).steps
        if "addons" in step.args
    ]


def recorded(params, addons=()):
    """Return the addons of the record once all is done."""
    plan = story(params, addons)
    cluster = replace(formed("prod", NODES), addons=tuple(addons))
    return after(cluster, (write for step in plan.steps for write in step.writes)).addons


def test_what_is_disabled_goes_before_what_is_enabled_comes():
    params = {"enable": ["ingress", "rbac"], "disable": ["metrics-server"]}

    assert switched(params, ["metrics-server"]) == [
        ("disable_addons", ["metrics-server"]),
        ("enable_addons", ["ingress", "rbac"]),
    ]
    assert recorded(params, ["metrics-server", "registry"]) == ("registry", "ingress", "rbac")


def test_what_is_recorded_as_it_is_wanted_is_left_alone():
    params = {"enable": ["storage", METALLB, "rbac"]}

    assert switched(params, ["hostpath-storage", METALLB]) == [("enable_addons", ["rbac"])]


def test_there_is_nothing_to_do_where_all_is_as_it_is_wanted():
    assert [step.name for step in story({"enable": [METALLB]}, [METALLB]).steps] == ["observe"]


def test_an_addon_is_disabled_with_what_it_was_enabled_with_for_the_undo():
    assert switched({"disable": ["metallb"]}, [METALLB]) == [("disable_addons", [METALLB])]
    assert recorded({"disable": ["metallb"]}, [METALLB, "dns"]) == ("dns",)


def test_what_no_record_tells_of_is_disabled_all_the_same():
    assert switched({"disable": ["ingress"]}) == [("disable_addons", ["ingress"])]


def test_another_argument_is_had_by_disabling_first_which_is_warned_of():
    wanted = "metallb:10.0.0.220-10.0.0.229"
    params = {"enable": [wanted]}

    assert switched(params, [METALLB, "rbac"]) == [
        ("disable_addons", [METALLB]),
        ("enable_addons", [wanted]),
    ]
    assert recorded(params, [METALLB, "rbac"]) == ("rbac", wanted)
    assert METALLB in found(params, [METALLB])["addon-argument-changes"].message


def test_dns_is_enabled_from_the_beginning_so_that_its_argument_changes_too():
    assert switched({"enable": ["dns:1.1.1.1"]})[0] == ("disable_addons", ["dns"])
    assert switched({"enable": ["dns"]}) == [("enable_addons", ["dns"])]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "name enable or disable"),
        ({"enable": ["rbac"], "disable": ["rbac"]}, "cannot set rbac twice"),
        ({"enable": ["gpu", "nvidia:x"]}, "cannot set nvidia twice"),
        ({"disable": ["metallb:10.0.0.1-10.0.0.2"]}, "without an argument"),
        ({"disable": ["--all"]}, "an addon's name is such as"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_where_it_is_read(params, why):
    with pytest.raises(ValidationError, match=why):
        KIND.schema().load(params)


def test_ha_cluster_is_never_disabled():
    finding = found({"disable": ["ha-cluster"]})["addon-needed"]

    assert (finding.severity, finding.acceptable) == ("refuse", False)
    assert finding.field == "/params/disable/0"


@pytest.mark.parametrize(
    ("addons", "disabled", "needing"),
    [
        (["registry", "storage"], ["hostpath-storage"], "registry"),
        (["cert-manager", "minio"], ["rbac", "dns"], "cert-manager, minio"),
        ([], ["dns"], "pods do not find each other"),
    ],
)
def test_an_addon_that_others_need_is_refused_with_their_names(addons, disabled, needing):
    finding = found({"disable": disabled}, addons)["addon-needed"]

    assert needing in finding.message
    assert finding.acceptable


def test_an_addon_goes_with_those_that_need_it():
    params = {"disable": ["registry", "hostpath-storage"]}

    assert "addon-needed" not in found(params, ["registry", "hostpath-storage"])


def test_an_unknown_name_is_warned_of_with_the_nearest():
    assert found({"enable": ["ingres"]})["addon-unknown"].advice == "did you mean ingress?"
    assert found({"disable": ["ingres"]})["addon-unknown"].field == "/params/disable/0"


def test_an_addon_of_the_community_needs_its_repository_only_once():
    assert "addon-of-community" in found({"enable": ["istio"]})
    assert "addon-of-community" not in found({"enable": ["istio"]}, ["community"])


def test_nothing_is_switched_while_a_member_is_known_to_be_silent():
    member = SeenMember("n2", "10.0.0.2:19001", DqliteRole.VOTER, alive=False)
    seen = Observation(1.0, ("n1",), True, (member,), None)
    cluster = replace(formed("prod", NODES), observation=seen)
    scope = Scope("prod", cluster, hosts({}))
    change = Change("prod", "set-addons", {"enable": ["rbac"]})

    assert "dead-member-listed" in {row.code for row in planned(KIND, change, scope).findings}


def test_the_addresses_are_asked_for_before_anything_is_switched():
    plan = story({"enable": [METALLB], "disable": ["ingress"]}, ["ingress"])

    assert [step.name for step in plan.steps[1:]] == [
        "probe_addresses",
        "disable_addons",
        "enable_addons",
    ]
    assert plan.steps[1].args == {
        "host": "n1",
        "ranges": "10.0.0.200-10.0.0.209",
        "own": "",
        "accept": [],
    }


def test_what_the_clusters_own_metallb_answers_for_is_not_asked_for():
    plan = story({"enable": ["metallb:10.0.0.205-10.0.0.219"]}, [METALLB])

    assert plan.steps[1].args["own"] == "10.0.0.200-10.0.0.209"


@pytest.mark.parametrize(
    ("argument", "code", "words"),
    [
        ("", "metallb-without-range", "at a prompt"),
        (":10.0.0.9-10.0.0.1", "metallb-range-invalid", "ends before it begins"),
        (":127.0.0.1-127.0.0.9", "metallb-range-invalid", "a loopback address"),
        (":10.0.0.0/16", "metallb-range-invalid", "65536 addresses, 4096 at most"),
        (":10.0.0.3-10.0.0.20", "metallb-range-overlap", "10.0.0.3 of host n3, 10.0.0.4 of"),
        (":10.0.0.0/24", "metallb-range-overlap", "10.0.0.1 of host n1, .* and 2 more"),
        (":10.1.3.0/28", "metallb-range-overlap", "10.1.0.0/16, the network of the cluster's pods"),
        (":10.152.183.8-10.152.183.9", "metallb-range-overlap", "the cluster's services"),
        (":192.168.7.0/28", "metallb-range-elsewhere", "in the /24 of no node \\(10.0.0.1"),
    ],
)
def test_a_range_that_cannot_be_given_away_is_told_with_its_numbers(argument, code, words):
    finding = found({"enable": [f"metallb{argument}"]})[code]

    assert finding.field == "/params/enable"
    assert re.search(words, finding.message)


def test_a_range_beside_the_nodes_is_right():
    assert [code for code in found({"enable": [METALLB]}) if code.startswith("metallb")] == []


def test_addresses_of_hosts_that_belong_to_nobody_are_not_given_away():
    taken = found({"enable": [METALLB]}, addresses={"10.0.0.205": "printer", "::1": "odd"})

    assert "10.0.0.205 of host printer" in taken["metallb-range-overlap"].message


def test_the_node_address_of_a_host_counts_beside_the_one_of_ssh():
    node = Host("n1", "192.0.2.1", KEY, node_address="10.0.0.201")

    assert "10.0.0.201 of host n1" in (
        found({"enable": [METALLB]}, hosts={"n1": node})["metallb-range-overlap"].message
    )


def test_two_clusters_give_no_address_away_unless_somebody_says_that_they_may():
    lent = {"staging": "10.0.0.190-10.0.0.200", "prod": "10.0.0.200-10.0.0.209", "old": "odd"}
    finding = found({"enable": [METALLB]}, lent=lent)["metallb-range-of-other-cluster"]

    assert "which metallb of cluster staging gives away" in finding.message
    assert finding.acceptable


def test_only_a_change_that_enables_metallb_makes_planning_read_every_address():
    schema = KIND.schema()

    assert gives_addresses(schema, {"enable": ["rbac", METALLB]})
    assert not gives_addresses(schema, {"enable": ["rbac"], "disable": ["metallb"]})


def test_a_host_whose_address_metallb_gives_away_does_not_become_a_node():
    cluster = replace(formed("prod", NODES), addons=("metallb:10.0.0.5-10.0.0.9", "rbac"))
    scope = Scope("prod", cluster, hosts(dict.fromkeys(cluster.nodes, "prod")))
    codes = {
        name: {
            row.code: row.message
            for row in planned(
                ADD, Change("prod", "add-nodes", {"workers": [name]}), scope
            ).findings
        }
        for name in ("n4", "n5")
    }

    assert "metallb-range-overlap" not in codes["n4"]
    assert codes["n5"]["metallb-range-overlap"] == (
        "the range of cluster prod's metallb has 10.0.0.5 of host n5"
    )


def test_an_addon_that_is_enabled_anew_needs_others_once():
    params = {"enable": ["registry:size=30Gi"], "disable": ["hostpath-storage"]}

    assert found(params, ["registry", "hostpath-storage"])["addon-needed"].message == (
        "addon hostpath-storage is needed by registry, which would stay enabled"
    )
