"""Planning an ``apply``: one plan of the other kinds' steps, in a safe order."""

from dataclasses import replace

import pytest
from kind_worlds import HOST_KEY, formed, hosts
from marshmallow import ValidationError

from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole, expected
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Environment, Phase, Topology
from workflows.kinds.apply import KIND
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned
from workflows.step_modules import step_module
from workflows.writes import after, founded

BASE = {"control_plane": ["n1"], "workers": ["n2"], "channel": "1.32/stable", "environment": "dev"}
ZONES = {name: {ZONE_LABEL: "a"} for name in ("n1", "n2", "n3", "n4", "n5")}


def there(**params):
    return formed("prod", {"control_plane": ["n1"], "workers": ["n2"], **params})


def story(cluster, **wanted):
    owned = dict.fromkeys(cluster.nodes, "prod") if cluster else {}
    params = normalised(KIND, {**BASE, **wanted})
    scope = Scope("prod", cluster, hosts(owned), record=cluster)
    return planned(KIND, Change("prod", "apply", params), scope)


def left(cluster, **wanted):
    """Return the record once all is done."""
    plan = story(cluster, **wanted)
    begun = cluster or founded("prod", plan.founds)
    return after(begun, (write for step in plan.steps for write in step.writes))


def names(plan):
    return [step.name for step in plan.steps]


def codes(plan):
    return [finding.code for finding in plan.findings]


def refused(plan):
    return {finding.code for finding in plan.refusals(frozenset())}


EVERYTHING = {
    "workers": ["n3"],
    "labels": {"n1": {"disk": "ssd"}, "n3": {"disk": "hdd"}},
    "taints": {"n3": ["gpu=yes:NoSchedule"]},
    "addons": ["rbac"],
    "channel": "1.33/stable",
    "prune": True,
}


def test_one_plan_has_the_steps_of_the_other_kinds_in_a_safe_order():
    plan = story(there(addons=["metrics-server"]), **EVERYTHING)

    order = ("label_nodes", "join_workers", "enable_addons", "refresh_microk8s", "disable_addons")
    places = [names(plan).index(name) for name in (*order, "remove_microk8s")]
    assert refused(plan) == set()
    assert places == sorted(places)
    assert names(plan)[0] == "observe"
    assert names(plan).count("observe") == 1
    assert names(plan)[-1] == "remove_microk8s"
    assert plan.reserves == ("n3",)


def test_everything_is_asked_before_anything_is_changed():
    wanted = EVERYTHING | {"workers": ["n3"], "addons": ["metallb:10.0.9.10-10.0.9.20"]}
    plan = story(there(), **wanted)

    asking = [name for name in names(plan) if step_module(name).asks]
    assert asking == ["observe", "check_channels", "check_apis", "preflight", "probe_addresses"]
    assert names(plan)[: len(asking)] == asking


def test_apis_in_use_are_asked_of_the_nodes_that_are_there_before_any_step():
    plan = story(there(), control_plane=["n1", "n3", "n4"], channel="1.34/stable")

    (asked,) = [step for step in plan.steps if step.name == "check_apis"]
    assert (asked.hosts, asked.args["minor"]) == (("n1",), 34)
    assert asked.quorum == expected(1)


@pytest.mark.parametrize("channel", ["1.32/stable", "latest/stable"])
def test_no_api_server_is_asked_where_no_minor_is_left_behind(channel):
    assert "check_apis" not in names(story(there(), channel=channel, labels={"n1": {"a": "b"}}))


def test_afterwards_the_record_is_what_the_file_wants():
    cluster = left(there(addons=["metrics-server"]), **EVERYTHING)

    assert list(cluster.nodes) == ["n1", "n3"]
    assert {node.channel for node in cluster.nodes.values()} == {"1.33/stable"}
    assert cluster.addons == ("rbac",)
    assert cluster.nodes["n1"].labels == {ZONE_LABEL: "a", "disk": "ssd"}
    assert cluster.nodes["n3"].labels == {ZONE_LABEL: "a", "disk": "hdd"}
    assert cluster.nodes["n3"].taints == ("gpu=yes:NoSchedule",)


@pytest.mark.parametrize("cluster", [None, there(addons=["metrics-server"])])
def test_the_same_file_twice_is_nothing_to_do(cluster):
    again = story(left(cluster, **EVERYTHING), **EVERYTHING)

    assert names(again) == ["observe"]
    assert codes(again) == ["nothing-to-do"]


def test_a_cluster_that_is_not_there_is_created():
    plan = story(None, labels={"n2": {"disk": "ssd"}}, addons=["rbac"])
    cluster = left(None, labels={"n2": {"disk": "ssd"}}, addons=["rbac"])

    assert (plan.founds, plan.reserves) == (Environment.DEV, ("n1", "n2"))
    assert (cluster.phase, cluster.addons) == (Phase.FORMED, ("rbac",))
    assert cluster.nodes["n2"].labels == {ZONE_LABEL: "a", "disk": "ssd"}


def test_dedicated_control_plane_nodes_are_created_as_such_and_then_nothing_is_to_do():
    three = ["n1", "n2", "n3"]
    wish = {
        "control_plane": three,
        "workers": ["n4", "n5"],
        "taints": {host: [DEDICATED_TAINT] for host in three},
    }

    cluster = left(None, **wish)

    assert cluster.topology is Topology.SEPARATED
    assert codes(story(cluster, **wish)) == ["nothing-to-do"]


def test_what_the_file_does_not_name_stays_unless_it_is_pruned_and_is_told():
    plan = story(there(addons=["rbac"]), workers=[])

    told = [finding for finding in plan.findings if finding.code == "would-be-removed"]
    assert names(plan) == ["observe"]
    assert [finding.host for finding in told] == ["n2", None]
    assert "addon rbac" in told[1].message
    assert list(left(there(addons=["rbac"]), workers=[], prune=True).nodes) == ["n1"]


def test_labels_and_taints_of_a_node_follow_the_file_but_for_those_of_the_inventory():
    cluster = there(labels={"n1": {"disk": "ssd"}}, taints={"n2": ["gpu=yes:NoSchedule"]})

    after_it = left(cluster)

    assert after_it.nodes["n1"].labels == {ZONE_LABEL: "a"}
    assert after_it.nodes["n2"].taints == ()


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"environment": "prod"}, "environment-differs", "/params/environment"),
        ({"control_plane": ["n1", "n2"], "workers": []}, "role-differs", "/params/control_plane"),
        ({"addresses": {"n1": "10.9.9.9"}}, "host-differs", "/params/addresses/n1"),
        ({"host_keys": {"n2": HOST_KEY + "A"}}, "host-differs", "/params/host_keys/n2"),
        ({"channel": "1.31/stable"}, "downgrade", "/params/channel"),
        ({"workers": ["n2", "n9"]}, "unknown-host", "/params/workers/1"),
    ],
)
def test_what_no_change_does_is_refused_at_its_field(wanted, code, field):
    (finding,) = [row for row in story(there(), **wanted).findings if row.code == code]

    assert (finding.severity, finding.field) == ("refuse", field)


def test_hosts_of_a_cluster_that_is_to_be_created_are_compared_too():
    assert "host-differs" in refused(story(None, addresses={"n1": "10.9.9.9"}))


def test_the_quorum_guard_is_asked_about_every_member_that_leaves():
    cluster = formed("prod", {"control_plane": ["n1", "n2", "n3"]})

    plan = story(cluster, control_plane=["n4"], workers=[], prune=True)

    assert refused(plan) == {"quorum-would-be-lost"}
    assert next(step.guard.hosts for step in plan.steps if step.guard) == ("n4",)


def test_a_finding_of_several_changes_is_told_once():
    silent = SeenMember("n2", "n2:19001", DqliteRole.VOTER, alive=False)
    three = replace(
        formed("prod", {"control_plane": ["n1", "n2", "n3"]}),
        observation=Observation(1.0, ("n1",), has_leader=True, members=(silent,), nodes=()),
    )

    plan = story(three, control_plane=["n1", "n2", "n3"], workers=["n4"], addons=["rbac"])

    assert {"join_workers", "enable_addons"} <= set(names(plan))
    assert codes(plan).count("dead-member-listed") == 1


def test_dedicated_control_plane_nodes_alone_are_refused_as_a_creation_is():
    three = ["n1", "n2", "n3"]
    dedicated = {host: [DEDICATED_TAINT] for host in three}

    assert "no-workers" in refused(story(None, control_plane=three, workers=[], taints=dedicated))


def test_a_dead_node_that_the_file_does_not_name_is_told_with_what_removes_it():
    silent = SeenNode("n2", "n2", role="worker", ready=False)
    cluster = replace(
        there(), observation=Observation(1.0, ("n1",), has_leader=True, members=(), nodes=(silent,))
    )

    plan = story(cluster, workers=[], prune=True)

    (dead,) = [finding for finding in plan.findings if finding.code == "node-dead"]
    assert (dead.field, dead.severity) == ("/params/prune", "refuse")
    assert "clusterwright change remove-node prod --node n2 --force" in dead.advice


def test_an_upgrade_that_finds_no_place_for_pods_is_told_what_a_file_cannot_say():
    taints = {"n2": ["gpu=:NoSchedule"]}

    plan = story(there(taints=taints), taints=taints, channel="1.33/stable")

    (found,) = [row for row in plan.findings if row.code == "no-node-to-drain-to"]
    assert found.field == "/params/channel"
    assert "max_unavailable" not in found.advice
    assert "clusterwright change upgrade prod --channel 1.33/stable --no-drain" in found.advice


@pytest.mark.parametrize("phase", [Phase.FORMING, Phase.DESTROYING])
def test_a_cluster_that_is_not_formed_is_left_alone(phase):
    cluster = replace(there(), phase=phase, made_by="j1")
    scope = Scope(
        "prod",
        cluster,
        hosts(dict.fromkeys(cluster.nodes, "prod")),
        record=cluster,
        destroyed_by="j2" if phase is Phase.DESTROYING else "",
    )

    plan = planned(KIND, Change("prod", "apply", normalised(KIND, BASE)), scope)

    assert refused(plan) & {"cluster-not-formed", "cluster-destroying"}
    assert names(plan) == ["observe"]


def test_a_file_without_channel_or_environment_is_no_whole_cluster():
    with pytest.raises(ValidationError) as caught:
        KIND.schema().load({"control_plane": ["n1"]})

    assert set(caught.value.messages) == {"channel", "environment"}


@pytest.mark.parametrize("field", ["addresses", "host_keys"])
def test_what_is_said_of_a_host_that_is_no_node_of_the_file_is_refused_and_not_passed_over(field):
    with pytest.raises(ValidationError) as caught:
        KIND.schema().load(BASE | {field: {"n9": {"host_keys": HOST_KEY}.get(field, "10.0.0.9")}})

    assert set(caught.value.messages) == {field}
